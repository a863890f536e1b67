import assert from "node:assert/strict";
import { test } from "node:test";
import { compileTemplate } from "./template.ts";

const value = {
  Name: "/web",
  State: { ExitCode: 7, Running: true },
  Labels: { "a.b": "c", tier: "front" },
  Names: ["x", "y"],
  Networks: { blue: { IPAddress: "10.0.0.2" }, amber: { IPAddress: "10.0.0.1" } },
  Empty: {},
  Size: 0,
};
const print = (source: string) => compileTemplate(source)(value);

/** What Go prints for each; the left sides are those found in docker's documentation and in people's scripts. */
const cases: readonly (readonly [source: string, output: string])[] = [
  ["{{.State.ExitCode}}\\t{{ .Names }}", "7\t[x y]"],
  ["json", JSON.stringify(value)],
  ["{{json .Names}}", '["x","y"]'],
  ["{{.Names | json}}", '["x","y"]'],
  ['{{index .Labels "a.b"}}', "c"],
  ['{{index .Labels "none"}}|', "|"],
  ["{{index .Names 1}}", "y"],
  ["{{.Labels.none}}", "<no value>"],
  ["{{.State}}", "map[ExitCode:7 Running:true]"],
  ["{{range .Names}}[{{.}}]{{end}}", "[x][y]"],
  ["{{range $i, $e := .Names}}{{$i}}={{$e}};{{end}}", "0=x;1=y;"],
  ["{{range $k, $v := .Networks}}{{$k}} {{$v.IPAddress}}\\n{{end}}", "amber 10.0.0.1\nblue 10.0.0.2\n"],
  ["{{range .Networks}}{{.IPAddress}} {{end}}", "10.0.0.1 10.0.0.2 "],
  ["{{range .Empty}}x{{else}}none{{end}}", "none"],
  ["{{if .State.Running}}up{{else}}down{{end}}", "up"],
  ["{{if eq .State.ExitCode 0}}ok{{else if gt .State.ExitCode 5}}bad{{else}}so{{end}}", "bad"],
  ["{{if and .State.Running (not .Size)}}yes{{end}}", "yes"],
  ["{{with .State}}{{.ExitCode}} of {{$.Name}}{{end}}", "7 of /web"],
  ["{{with .Size}}x{{else}}empty{{end}}", "empty"],
  ["{{$n := .Name}}{{slice $n 1}}", "web"],
  ["{{$n := 1}}{{range .Names}}{{$n = .}}{{end}}{{$n}}", "y"],
  ['{{join .Names ","}}', "x,y"],
  ['{{join (split "a-b-c" "-") "+"}}', "a+b+c"],
  ["{{upper .Name}} {{title `a b`}} {{lower `AB`}}", "/WEB A B ab"],
  ["{{truncate .Name 3}}|{{pad `x` 1 2}}|", "/we| x  |"],
  ['{{printf "%-5s|%5d|%05.1f|%q|%x|%%" "ab" 7 1.25 "q" 255}}', 'ab   |    7|001.3|"q"|ff|%'],
  ["{{len .Names}} {{len .Labels}}", "2 2"],
  ["{{/* nothing */}}a {{- 1 -}} b", "a1b"],
  ["{{println .Name}}", "/web\n"],
  ['{{"a\\tb"}}', "a\tb"],
];

for (const [source, output] of cases) test(`template ${source}`, () => assert.equal(print(source), output));

test("a template that is wrong is refused with what stood in the way", () => {
  const wrong: readonly (readonly [source: string, message: RegExp])[] = [
    ["{{.Nothing.There}}", /there is no \.Nothing; there are Name, State,/],
    ["{{.constructor}}", /there is no \.constructor/],
    ["{{.State.None.More}}", /there is no \.State\.None; there are ExitCode, Running/],
    ["{{nothing .Name}}", /function "nothing" in \{\{nothing \.Name\}\} is not defined/],
    ["{{.Name", /is not closed by \}\}/],
    ["{{range .Names}}x", /\{\{range \.Names\}\} has no \{\{end\}\}/],
    ["x{{end}}", /unexpected \{\{end\}\}/],
    ["{{if}}x{{end}}", /unexpected end in \{\{if\}\}/],
    ["{{.Name.}}", /takes no arguments/],
    ["{{$x}}", /undefined variable \$x/],
    ["{{index .Names 2}}", /index out of range: 2/],
    ["{{range .Name}}{{end}}", /range can't iterate over \/web/],
    ["{{%}}", /unexpected %/],
  ];
  for (const [source, message] of wrong) assert.throws(() => print(source), { name: "UsageError", message });
});
