import NIOCore

/// What of an answer waits for a slow reader: first in memory, then in a temporary file, so that the worker is free as
/// soon as its own work is done.
struct AnswerSpool {
    private var memory: [ByteBuffer] = []
    private var memoryCount = 0
    private var file: TemporaryFile?
    private var fileRead = 0
    private var fileWritten = 0

    /// Bytes that wait.
    var count: Int { memoryCount + fileWritten - fileRead }
    var isEmpty: Bool { count == 0 }

    /// Takes `chunk`. Memory comes first out, so once a file is begun everything goes there until it is read empty.
    mutating func append(
        _ chunk: ByteBuffer, memoryLimit: Int, directory: String
    ) throws(TemporaryFile.WriteError) {
        if file == nil && memoryCount + chunk.readableBytes <= memoryLimit {
            memory.append(chunk)
            memoryCount += chunk.readableBytes
            return
        }
        let file: TemporaryFile
        if let current = self.file {
            file = current
        } else {
            file = try TemporaryFile(directory: directory)
            self.file = file
        }
        try chunk.withUnsafeReadableBytesTyped { bytes throws(TemporaryFile.WriteError) in try file.append(bytes) }
        fileWritten += chunk.readableBytes
    }

    /// The next bytes in order, at most about `limit`; nil when nothing waits or the file cannot be read.
    mutating func next(limit: Int, allocator: ByteBufferAllocator) -> ByteBuffer? {
        if !memory.isEmpty {
            let chunk = memory.removeFirst()
            memoryCount -= chunk.readableBytes
            return chunk
        }
        guard let file, fileRead < fileWritten else { return nil }
        let count = min(limit, fileWritten - fileRead)
        var chunk = allocator.buffer(capacity: count)
        guard file.read(count, at: fileRead, into: &chunk) else { return nil }
        fileRead += count
        if fileRead == fileWritten {
            self.file = nil
            fileRead = 0
            fileWritten = 0
        }
        return chunk
    }
}
