#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""docs/writing-an-app.md: its snippets stand in the sources, and it is one page."""
import os
import re
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
GUIDE = os.path.join(TREE, "docs", "writing-an-app.md")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def snippets(text):
    """(language, path, snippet) of every fenced block."""
    return re.findall(r"^```(\w*) ?(\S*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Guide(unittest.TestCase):
    def test_snippets_stand_in_the_sources(self):
        found = snippets(read(GUIDE))
        self.assertGreaterEqual(len(found), 8)
        for _, path, snippet in found:
            self.assertTrue(path, f"of which file?\n{snippet}")
            self.assertIn("\n" + snippet, read(os.path.join(TREE, path)), path)

    def test_what_it_names_is_there(self):
        text = read(GUIDE)
        for path in re.findall(r"`((?:tests|daemon)/[\w/.-]+)`", text):
            self.assertTrue(os.path.exists(os.path.join(TREE, path)), path)
        for link in re.findall(r"\]\(([\w.-]+)\)", text):
            self.assertTrue(os.path.exists(os.path.join(TREE, "docs", link)), link)
        header = read(os.path.join(TREE, "kmod", "include", "liteflow", "app.h"))
        for function in re.findall(r"`(lf_\w+)\(\)`", text):
            self.assertRegex(header, rf"\b{function}\(")

    def test_it_is_one_page(self):
        self.assertLessEqual(len(read(GUIDE).splitlines()), 120)

    def test_the_readme_leads_to_it(self):
        self.assertIn("docs/writing-an-app.md", read(os.path.join(TREE, "README.md")))


if __name__ == "__main__":
    unittest.main()
