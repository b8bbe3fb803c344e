import { ROUTE } from '../contract';
import { COMMON_FILES, COMMON_VALUES, type PageSettings, type ProtectedPage, protect } from './protected-page';
import { renderPage } from './render';
import script from './send-file.client.js';
import sendFileStyles from './send-file.css';
import html from './send-file.html';
import { SEND_FILE_TEXTS } from './send-file-texts';
import { type Language, TEXTS } from './texts';

const FILES = {
  ...COMMON_FILES,
  'send-file.client.js': script,
  'send-file.css': sendFileStyles,
};

/**
 * Renders the page for uploaders. It is the same for every link: the nonce is in the fragment of the URL, which browsers do
 * not send with a request for the page.
 *
 * @throws Error if an origin in the settings is malformed.
 */
export function sendFilePage(language: Language, settings: PageSettings): ProtectedPage {
  const values = {
    ...TEXTS[language],
    ...SEND_FILE_TEXTS[language],
    ...COMMON_VALUES,
    language,
    otherPage: ROUTE.openLink,
    exchange: ROUTE.uploadObject,
  };
  return protect(renderPage(html, FILES, values, settings), settings.s3Origins);
}
