/**
 * The path of a request's target as the client sent it, and its query. Dots are kept: to a resolver of URLs
 * `DELETE /containers/../networks/x` would be a network, while its client meant a container of an odd name.
 */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  // Proxies send the absolute form.
  const own = target.replace(/^https?:\/\/[^/?]*/i, "");
  const mark = own.indexOf("?");
  const path = mark < 0 ? own : own.slice(0, mark);
  return { path: path || "/", query: new URLSearchParams(mark < 0 ? "" : own.slice(mark + 1)) };
}
