import { EngineError } from "../error.ts";

/** What a file's permission bits become. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const bits: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 };

/**
 * `--chmod`: an octal number, or symbols as chmod(1) takes them (`u=rwX,go=rX`, `+x`, `g=u`, `u+s`, `+t`), without regard
 * to any umask. Throws `invalid-argument`.
 */
export function parseModeChange(text: string): ModeChange {
  if (/^0*[0-7]{1,4}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(",").map((clause) => parseClause(clause));
  const known = clauses.flatMap((clause) => clause ?? []);
  if (known.length < clauses.length) {
    throw new EngineError(
      "invalid-argument",
      `invalid chmod parameter: '${text}': it is an octal number up to 7777, or symbols such as u=rwX,go=rX`,
    );
  }
  return (mode, isDirectory) => known.reduce((before, change) => change(before, isDirectory), mode & 0o7777);
}

function parseClause(text: string): ModeChange | undefined {
  const [, who = "", actions = ""] = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(text) ?? [];
  if (actions === "") return undefined;
  const classes = who === "" || who.includes("a") ? ["u", "g", "o"] : [...new Set(who)];
  const steps = [...actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)].map(([, operator = "", what = ""]) =>
    stepOf(classes, operator, what),
  );
  return (mode, isDirectory) => steps.reduce((before, step) => step(before, isDirectory), mode);
}

function stepOf(classes: readonly string[], operator: string, what: string): ModeChange {
  return (mode, isDirectory) => {
    const named = classes.reduce(
      (sum, each) => sum | (permissions(what, mode, isDirectory) << (shifts[each] ?? 0)),
      0,
    );
    const change = named | specialBits(classes, what);
    if (operator === "+") return mode | change;
    if (operator === "-") return mode & ~change;
    const cleared = classes.reduce(
      (sum, each) => sum | (7 << (shifts[each] ?? 0)),
      specialBits(classes, "st"),
    );
    return (mode & ~cleared) | change;
  };
}

/** Three bits: those of the letters, or those that a class has. */
function permissions(what: string, mode: number, isDirectory: boolean): number {
  const copied = shifts[what];
  if (copied !== undefined) return (mode >> copied) & 7;
  const runs = what.includes("X") && (isDirectory || (mode & 0o111) !== 0) ? 1 : 0;
  return [...what].reduce((sum, letter) => sum | (bits[letter] ?? 0), runs);
}

function specialBits(classes: readonly string[], what: string): number {
  const setUser = what.includes("s") && classes.includes("u") ? 0o4000 : 0;
  const setGroup = what.includes("s") && classes.includes("g") ? 0o2000 : 0;
  const sticky = what.includes("t") && classes.includes("o") ? 0o1000 : 0;
  return setUser | setGroup | sticky;
}
