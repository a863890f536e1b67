/**
 * A pattern for one piece of a path: `*` any text, `?` one character, `[a-z]` and `[^a-z]` classes, `\` makes the next
 * character plain. Time is pattern × name. Source: Go filepath.Match, which Docker uses for COPY and .dockerignore.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const tokens = parseGlob(pattern);
  if (tokens === undefined) return () => false;
  return (name) => matches(tokens, [...name]);
}

/** Has the path any character that makes it a pattern? */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

type Token = "many" | ((character: string) => boolean);

function parseGlob(pattern: string): Token[] | undefined {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") {
      if (tokens.at(-1) !== "many") tokens.push("many");
    } else if (character === "?") tokens.push(() => true);
    else if (character === "[") {
      const end = classEnd(characters, at);
      if (end === -1) return undefined;
      tokens.push(parseClass(characters.slice(at + 1, end)));
      at = end;
    } else {
      const plain = character === "\\" ? characters[++at] : character;
      if (plain === undefined) return undefined;
      tokens.push((other) => other === plain);
    }
  }
  return tokens;
}

function classEnd(characters: readonly string[], start: number): number {
  let at = start + 1;
  if (characters[at] === "^") at++;
  if (characters[at] === "]") return -1;
  while (at < characters.length && characters[at] !== "]") at += characters[at] === "\\" ? 2 : 1;
  return at < characters.length ? at : -1;
}

function parseClass(characters: readonly string[]): (character: string) => boolean {
  const isNegated = characters[0] === "^";
  const ranges: [low: string, high: string][] = [];
  for (let at = isNegated ? 1 : 0; at < characters.length; at++) {
    if (characters[at] === "\\") at++;
    const low = characters[at] ?? "";
    let high = low;
    if (characters[at + 1] === "-" && at + 2 < characters.length) {
      at += characters[at + 2] === "\\" ? 3 : 2;
      high = characters[at] ?? low;
    }
    ranges.push([low, high]);
  }
  return (character) => ranges.some(([low, high]) => low <= character && character <= high) !== isNegated;
}

/** Goes back only to the last star, so never further than pattern × name steps. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current === "many") {
      starToken = token++;
      starAt = at;
    } else if (current?.(name[at] ?? "")) {
      token++;
      at++;
    } else if (starToken !== -1) {
      token = starToken + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === "many") token++;
  return token === tokens.length;
}
