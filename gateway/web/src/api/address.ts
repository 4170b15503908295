/** The address of a path of the API: at the page's own origin, unless index.html names a gateway elsewhere. */
export function addressOf(path: string): string {
  const gateway = document.querySelector<HTMLMetaElement>("meta[name=earshot-gateway]")?.content ?? "";
  return gateway + path;
}
