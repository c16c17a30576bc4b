// A terminal that is drawn on as a whole: raw input, the alternate screen, and everything as it was before however the
// program ends.
#pragma once

/// Takes the terminal over: keys arrive one by one and unechoed, the screen is another one. Signals that end or stop
/// the program, its own crashes included, put everything back first. Returns 0, or -1 with errno.
int weir_terminal_enter(int terminal);

/// Puts everything back. Harmless when there is nothing to put back.
void weir_terminal_leave(void);

/// Whether the screen has to be drawn anew, since it was resized or the program was stopped; forgets it.
int weir_terminal_changed(void);

/// Its size in characters. Returns 0, or -1 with errno.
int weir_terminal_size(int terminal, int *columns, int *rows);
