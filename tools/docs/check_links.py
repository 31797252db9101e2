"""Check the links of a built site: the site must contain every page, file and anchor that it links to.

    python tools/docs/check_links.py site

Scripts, styles, images and fonts from other hosts are reported too. Links to other sites are not followed.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

SITE_URL = "https://cognito-async.github.io/cognito-async/"
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}
# The kinds (`rel`) of `link` elements that only name an address, so that a browser loads nothing.
NAMED = {"canonical", "next", "prev", "alternate"}


class Page(HTMLParser):
    """The anchors of a page, the addresses that it links to, and those that it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the anchors and addresses of one start tag."""
        values = dict(attrs)
        self.anchors.update(value for name in ("id", "name") if (value := values.get(name)))
        for name in ("href", "src"):
            target = values.get(name)
            if target and not (tag == "link" and values.get("rel") in NAMED):
                (self.loaded if (tag, name) in LOADED else self.links).append(target)


def problems(site: Path) -> list[str]:
    """Return a line for each link of the site that is broken."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = [
        f"{path.relative_to(site)}: {problem}"
        for path, page in pages.items()
        for target in dict.fromkeys(page.loaded + page.links)
        if (problem := _problem(site, path, target, pages, is_loaded=target in page.loaded))
    ]
    llms = site / "llms.txt"
    if llms.exists():
        targets = re.findall(r"\]\(([^)\s]+)\)", llms.read_text("utf-8"))
        found += [f"llms.txt: {problem}" for each in targets if (problem := _problem(site, llms, each, pages))]
    return found


def _problem(site: Path, page: Path, target: str, pages: dict[Path, Page], *, is_loaded: bool = False) -> str | None:
    if target.startswith(SITE_URL):
        target = "/" + target.removeprefix(SITE_URL)
    elif urlsplit(target).scheme or target.startswith("//"):
        is_foreign = is_loaded and not target.startswith("data:")
        return f"loads {target} from another host" if is_foreign else None
    target = target.removeprefix(urlsplit(SITE_URL).path) if page.name == "404.html" else target
    address, anchor = urldefrag(target)
    path = unquote(urlsplit(address).path)
    file = site / path.lstrip("/") if path.startswith("/") or page.name == "404.html" else (page.parent / path)
    file = (file if path else page).resolve()
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return f"{target} leads nowhere"
    known = {each.resolve(): parsed for each, parsed in pages.items()}.get(file)
    if anchor and known and unquote(anchor) not in known.anchors:
        return f"{target} has no such anchor"
    return None


def main(site: Path) -> int:
    """Print the broken links and return the exit status."""
    found = problems(site)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
