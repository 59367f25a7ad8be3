/** `make site`: each link of the API reference leads to a page, and to a place on it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = fileURLToPath(new URL('../../site', import.meta.url));
const pages = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.html'),
);
const text = new Map(pages.map((page) => [page, readFileSync(join(SITE, page), 'utf8')]));

/** Whether a page has a place of a name. */
function hasAnchor(page: string, anchor: string): boolean {
  const html = text.get(page);
  return html === undefined || html.includes(`id="${anchor}"`);
}

function isBroken(page: string, link: string): boolean {
  if (/^(https?:|data:|mailto:)/.test(link)) return false;
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path ? normalize(join(dirname(page), decodeURIComponent(path))) : page;
  if (!existsSync(join(SITE, target))) return true;
  return Boolean(anchor) && !hasAnchor(target, decodeURIComponent(anchor!));
}

let links = 0;
const broken: string[] = [];
for (const [page, html] of text) {
  for (const [, link] of html.matchAll(/\b(?:href|src)="([^"]+)"/g)) {
    links += 1;
    if (isBroken(page, link!.replaceAll('&amp;', '&'))) broken.push(`${page}: ${link}`);
  }
}
console.log(`${pages.length} pages, ${links} links, ${broken.length} of them broken`);
for (const each of broken) console.log(each);
if (broken.length > 0 || links < 1_000) process.exitCode = 1;
