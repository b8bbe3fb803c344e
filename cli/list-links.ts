import type { LinkState } from '../client/links';
import { nameOfKey } from '../lambda/link/download-name';
import { clientOf } from './api';
import { type DeploymentOptions, findLinkApi } from './deployment';
import { formatBytes, formatTime, printable, printableJson } from './format';
import { linkStateFields } from './link-json';
import { explainMyLinks } from './my-links';
import type { CommandContext } from './terminal';

/** Options of `list`. */
export interface ListRequest extends DeploymentOptions {
  /** Omit links that are no longer active. */
  readonly active?: boolean;
  /** Maximum number of links to print. @default - 50 in a table, all in JSON */
  readonly limit?: number;
  /** Print JSON instead of a table. */
  readonly json?: boolean;
}

const TABLE_LIMIT = 50;
const NO_LINKS = 'No links were issued with your ARN. If your profile assumes a role, set role_session_name in it.';

/** Prints the caller's links, newest first. @throws CliError, or the signal's reason */
export async function listLinks(request: ListRequest, { display, signal }: CommandContext): Promise<void> {
  const { active = false, json = false } = request;
  const limit = request.limit ?? (json ? Number.POSITIVE_INFINITY : TABLE_LIMIT);
  const api = await findLinkApi(request, { tell: display.tell, signal });
  display.tell(`Using ${api.description}.`);
  const found: LinkState[] = [];
  try {
    for await (const link of clientOf(api).list({ signal })) {
      if (!active || link.status === 'active') {
        found.push(link);
      }
      if (found.length > limit) {
        break;
      }
    }
  } catch (error) {
    throw explainMyLinks(error, api);
  }
  const links = found.slice(0, limit);
  if (links.length === 0) {
    display.tell(active ? 'You have no active links.' : NO_LINKS);
  }
  if (links.length < found.length) {
    display.tell('Older links are not shown: use --limit.');
  }
  if (json) {
    await display.print(`${printableJson({ links: links.map(linkStateFields) })}\n`);
  } else if (links.length > 0) {
    await display.print(renderTable(links));
  }
}

/** One line for each link, after the headings. */
function renderTable(links: readonly LinkState[]): string {
  const all = [HEADINGS, ...links.map((link) => cellsOf(link).map(printable))];
  // Omits the columns of upload links and of file names if no link has one.
  const shown = HEADINGS.map((_, column) => column <= REFUSED_COLUMN || all.slice(1).some((row) => row[column] !== ''));
  const rows = all.map((row) => row.filter((_, column) => shown[column]));
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

const HEADINGS: readonly string[] = [
  'LINK ID',
  'STATUS',
  'CREATED',
  'EXPIRES',
  'REDEEMED',
  'REFUSED',
  'RECEIVED',
  'FILE',
];
const REFUSED_COLUMN = HEADINGS.indexOf('REFUSED');

function cellsOf(link: LinkState): readonly string[] {
  const { linkId, status, createdAt, expiresAt, fileName = '' } = link;
  const redeemed = link.status === 'redeemed' ? `${formatTime(link.redeemed.at)} from ${link.redeemed.sourceIp}` : '';
  const refused = String(link.refusedAfter?.count ?? '');
  const created = createdAt ? formatTime(createdAt) : '';
  return [linkId, status, created, formatTime(expiresAt), redeemed, refused, receivedCell(link), fileName];
}

function receivedCell(link: LinkState): string {
  const received = link.status === 'redeemed' ? link.received : undefined;
  if (received !== undefined) {
    return `${nameOfKey(received.key)} (${formatBytes(received.sizeBytes)})`;
  }
  return link.operation === 'upload' ? '-' : '';
}
