#!/usr/bin/env python3
"""Opens phpMyAdmin with all that its first page refers to, signs in, and works on a table."""

import html
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise

browser = Browser(base_url())

page = browser.get("/")
promise("the login page renders", page.status == 200 and "pma_username" in page and "phpMyAdmin" in page, page)
styles = [html.unescape(a) for a in re.findall(r'<link rel="stylesheet"[^>]*href="([^"]+)"', page.text)]
for style in styles:
    css = browser.get(style)
    promise(f"its stylesheet {style.partition('?')[0]}", css.status == 200 and css.type == "text/css" and css.body, css)
promise("(there are some)", len(styles) >= 2, page)
scripts = [html.unescape(a) for a in re.findall(r'<script[^>]*src="([^"]+)"', page.text)]
missing = [a for a in scripts if browser.get(a).status != 200]
promise(f"its {len(scripts)} scripts are there", scripts and not missing, page)

form = page.form("pma_username")
page = browser.post("/index.php?route=/", form | {"pma_username": "river", "pma_password": "wrong"})
promise("a wrong password is refused", "Access denied" in page, page)
form = page.form("pma_username")
page = browser.post("/index.php?route=/", form | {"pma_username": "river", "pma_password": "river"})
promise("the right one opens the main page", page.status == 200 and "MariaDB" in page and "logout" in page, page)

token = re.search(r'"token":"([^"]+)"|token:"([^"]+)"|name="token" value="([^"]+)"', page.text)
token = html.unescape(next(group for group in token.groups() if group))


def run(sql):
    fields = {"db": "river", "sql_query": sql, "token": token, "ajax_request": "true", "is_js_confirmed": "1"}
    return browser.post("/index.php?route=/import", fields)


page = run("CREATE TABLE fish (id INT PRIMARY KEY, name VARCHAR(40))")
promise("a table is created", page.status == 200 and page.json["success"], page)
page = run("INSERT INTO fish VALUES (1, 'pike'), (2, 'Äsche <b>')")
promise("rows are inserted", page.json["success"] and "2 rows inserted" in page.json["message"], page)
page = browser.get("/index.php?route=/sql&db=river&table=fish&pos=0")
promise("the table is shown, escaped", "pike" in page and "Äsche &lt;b&gt;" in page and "Äsche <b>" not in page, page)
page = browser.get("/index.php?route=/database/structure&db=river")
promise("the database's page lists it", page.status == 200 and "fish" in page, page)
fields = {"db": "river", "table": "fish", "export_type": "table", "export_method": "quick", "template_id": "",
          "single_table": "1", "what": "csv", "quick_or_custom": "quick", "csv_separator": ",", "csv_enclosed": '"',
          "csv_escaped": '"', "csv_structure_or_data": "data", "csv_terminated": "AUTO",
          "csv_null": "NULL", "output_format": "sendit",
          "filename_template": "@TABLE@", "allrows": "1", "sql_query": "SELECT * FROM fish", "token": token}
page = browser.post("/index.php?route=/export", fields)
promise("an export has the rows", page.status == 200 and '"pike"' in page, page)
promise("and is a download", "attachment" in (page.headers["Content-Disposition"] or ""), page)
