/** Names of Linux's signals, without SIG. Source: signal(7). */
export const SIGNALS: readonly string[] = (
  "HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU " +
  "URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS"
).split(" ");

const REAL_TIME = /^RTM(?:IN(?:\+(?:[1-9]|1[0-5]))?|AX(?:-(?:[1-9]|1[0-4]))?)$/;

/** A signal's number or its name, with or without SIG, in any case. */
export function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) > 0 && Number(text) <= 64;
  const name = text.toUpperCase().replace(/^SIG/, "");
  return SIGNALS.includes(name) || REAL_TIME.test(name);
}
