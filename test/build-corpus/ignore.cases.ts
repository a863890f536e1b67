import { asDocker, type BuildCase } from "./case.ts";

const tree = {
  "README.md": "r",
  "a.log": "l",
  "keep.log": "k",
  "dir/a.log": "l",
  "dir/b.txt": "b",
  "dir/sub/c.log": "c",
  "dir/sub/d.txt": "d",
  "node_modules/x/index.js": "x",
  "node_modules/y/index.js": "y",
  "src/deep/node_modules/z": "z",
  "src/main.c": "m",
  "src/main.o": "o",
};

function ignoring(
  name: string,
  lines: readonly string[],
  more: Readonly<Record<string, string>> = {},
): BuildCase {
  return asDocker(name, "FROM busybox\nCOPY . /ctx/\n", {
    files: { ...tree, ".dockerignore": `${lines.join("\n")}\n`, ...more },
  });
}

/** `.dockerignore`. */
export const ignoreCases: readonly BuildCase[] = [
  ignoring("names and wildcards at the top only", ["*.log", "src"]),
  ignoring("** at any depth", ["**/*.log", "**/node_modules"]),
  ignoring("exceptions, the last line that matches decides", ["*.log", "!keep.log", "dir", "!dir/b.txt"]),
  ignoring("an exception that a later line takes back", ["*", "!src", "!dir", "dir/sub", "!dir/sub/d.txt"]),
  ignoring("comments, blanks, slashes and dots", [
    "# comment",
    "",
    "  a.log  ",
    "/src/",
    "./dir/../node_modules",
    " #a",
  ]),
  ignoring("classes and question marks", ["src/main.[oO]", "?.log", "dir/[a-b].*"]),
  ignoring("** in the middle and at the end", ["dir/**/*.txt", "node_modules/**"]),
  ignoring("everything but one", ["**", "!README.md"]),
  ignoring("the Dockerfile and itself", ["Dockerfile", ".dockerignore"]),
  ignoring("a file of the Dockerfile's own name goes before", ["**"], {
    "Dockerfile.dockerignore": "*.log\n",
  }),
];
