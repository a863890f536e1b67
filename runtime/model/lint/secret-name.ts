const SECRET =
  /(?:^|_)(?:api_?keys?|auth|credentials?|keys?|passwords?|passphrase|pword|passwd|pwd|secrets?|tokens?|private)(?:$|_)/i;
/** Names that hold a place or a public part, not the secret itself. */
const HARMLESS =
  /public|(?:^|_)(?:file|path|dir|url|uri|id|name|length|expir\w*|ttl|algorithm|timeout|method|type)$|_sock$/i;

/** Whether a variable of this name probably holds a secret. */
export function looksLikeSecret(name: string): boolean {
  return SECRET.test(name) && !HARMLESS.test(name);
}
