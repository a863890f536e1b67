/** One word for a POSIX shell: SSH carries commands as text, so words that go into it are quoted here. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
