#!/usr/bin/env python3
"""Installs WordPress through its form, and uses it: sign in, write, upload, comment, read. Wants a fresh tree."""

import html
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, png, promise

PASSWORD = "correct horse battery staple"
admin, visitor = Browser(base_url()), Browser(base_url())

page = admin.get("/")
promise("a WordPress without tables sends its visitor to the installation", page.path == "/wp-admin/install.php", page)
page = admin.post("/wp-admin/install.php?step=1", {"language": ""})
form = page.form("weblog_title")
promise("the installation form renders", page.status == 200 and "user_name" in form, page)
form |= {"weblog_title": "River & Mill", "user_name": "miller", "admin_email": "miller@example.com", "language": ""}
form |= {"admin_password": PASSWORD, "admin_password2": PASSWORD, "pw_weak": "on"}
page = admin.post("/wp-admin/install.php?step=2", form)
promise("WordPress installs itself", page.status == 200 and "Success!" in page, page)

page = visitor.get("/")
promise("the site has its title", page.status == 200 and "River &amp; Mill" in page, page)
promise("and its first post", "Hello world!" in page, page)
addresses = set(re.findall(r"""(?:href|src)=['"](http://[^'"]+?\.(?:css|js|png|svg|woff2)[^'"]*)""", page.text))
broken = [a for a in addresses if visitor.get(html.unescape(a)).status != 200]
promise(f"everything it refers to is there ({len(addresses)} files)", not broken and "wp-block" in page, page)

admin.get("/wp-login.php")
promise("signing in begins with a test cookie", admin.cookie("wordpress_test_cookie"))
sign_in = {"log": "miller", "pwd": "wrong", "testcookie": "1", "redirect_to": "/wp-admin/"}
page = admin.post("/wp-login.php", sign_in)
promise("a wrong password is refused", page.status == 200 and "login_error" in page, page)
page = admin.post("/wp-login.php", sign_in | {"pwd": PASSWORD})
promise("the right one leads to the dashboard", page.path == "/wp-admin/" and "Dashboard" in page, page)
bundle = re.search(r"href='([^']*load-styles\.php\?[^']*)'", page.text)[1]
css = admin.get(html.unescape(bundle))
promise("with its bundle of stylesheets", css.status == 200 and css.type == "text/css" and len(css.body) > 50_000, css)
bundle = re.search(r"src='([^']*load-scripts\.php\?[^']*)'", page.text)[1]
script = admin.get(html.unescape(bundle))
promise("and of scripts", script.status == 200 and "javascript" in script.type and "jQuery" in script, script)

# As the block editor does it: a nonce, then JSON.
nonce = {"X-WP-Nonce": admin.get("/wp-admin/admin-ajax.php?action=rest-nonce").text}
promise("a background request gives a nonce", re.fullmatch(r"[0-9a-f]{10}", nonce["X-WP-Nonce"]))
page = admin.get("/wp-admin/post-new.php")
promise("the editor opens", page.status == 200 and "wp.editPost.initializeEditor" in page, page)
text = "<!-- wp:paragraph --><p>The river <em>rose</em> — 3 m.</p><!-- /wp:paragraph -->"
post = json.dumps({"title": "High water", "content": text, "status": "publish"}).encode()
json_type = nonce | {"Content-Type": "application/json"}
page = admin.post("/?rest_route=/wp/v2/posts", body=post, headers=json_type)
promise("a post is published", page.status == 201 and page.json["status"] == "publish", page)
post_id, link = page.json["id"], page.json["link"]
page = visitor.get(link)
promise("a visitor reads it", page.status == 200 and "<em>rose</em> — 3 m." in page, page)
page = visitor.post("/?rest_route=/wp/v2/posts", body=b'{"title": "x"}', headers={"Content-Type": "application/json"})
promise("but may not write one", page.status == 401, page)

form = admin.get("/wp-admin/media-new.php?browser-uploader").form("_wpnonce")
picture = {"async-upload": ("mill pond.png", "image/png", png(1600, 1200))}
page = admin.post("/wp-admin/media-new.php", form | {"html-upload": "Upload"}, picture)
promise("a picture is uploaded through the form", page.path == "/wp-admin/upload.php" and page.status == 200, page)
media = admin.get("/?rest_route=/wp/v2/media", headers=nonce).json[0]
whole = visitor.get(media["source_url"])
promise("a visitor sees it", whole.type == "image/png" and whole.body == png(1600, 1200), whole)
sizes = media["media_details"]["sizes"]
small = visitor.get(sizes["thumbnail"]["source_url"])
promise("in the smaller sizes too", {"medium", "large"} <= sizes.keys() and small.body[:4] == b"\x89PNG", small)

form = admin.get("/wp-admin/options-permalink.php").form("permalink_structure")
page = admin.post("/wp-admin/options-permalink.php", form | {"permalink_structure": "/%year%/%postname%/"})
promise("the addresses are made readable", page.status == 200 and "structure updated" in page, page)
link = admin.get(f"/wp-json/wp/v2/posts/{post_id}", headers=nonce).json["link"]
promise("the REST interface moves to /wp-json/", link.endswith("/high-water/"))
page = visitor.get(link)
promise("the post has a readable address", page.status == 200 and "<em>rose</em>" in page, page)
page = visitor.get(link.rstrip("/"), follow=False)
promise("which WordPress corrects", page.status == 301 and page.headers["Location"] == link, page)
page = visitor.get("/nowhere/")
promise("an unknown one is WordPress's own 404", page.status == 404 and "River &amp; Mill" in page, page)

comment = {"author": "Otto", "email": "otto@example.com", "comment_post_ID": post_id}
comment |= {"comment": "Was it <script>cold</script>?"}
page = visitor.post("/wp-comments-post.php", comment)
promise("a comment waits for its moderation", "awaiting moderation" in page and "<script>cold" not in page, page)
page = admin.get("/wp-admin/edit-comments.php")
promise("the author sees it in the list", "Was it" in page and "<script>cold" not in page, page)
page = visitor.get(link)
promise("others do not see it", "Was it" not in Browser(base_url()).get(link), page)

page = visitor.get("/feed/")
promise("the feed is XML", page.type == "application/rss+xml" and "<title>High water</title>" in page, page)
page = visitor.get("/?s=river")
promise("the search finds the post", page.status == 200 and "High water" in page, page)
page = visitor.get("/wp-admin/", follow=False)
promise("the dashboard wants a name first", page.status == 302 and "wp-login.php" in page.headers["Location"], page)
call = b"<?xml version='1.0'?><methodCall><methodName>demo.sayHello</methodName></methodCall>"
page = visitor.post("/xmlrpc.php", body=call, headers={"Content-Type": "text/xml"})
promise("XML-RPC answers", page.status == 200 and "Hello!" in page, page)
page = admin.get("/wp-admin/site-health.php")
promise("WordPress's own health page opens", page.status == 200 and "Site Health" in page, page)
out = re.search(r'href="([^"]*action=logout[^"]*)"', admin.get("/wp-admin/").text)[1]
page = admin.get(html.unescape(out))
promise("signing out ends it", "logged out" in page and "wp-login.php" in admin.get("/wp-admin/").url, page)
