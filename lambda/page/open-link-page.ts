import { JSON_FORMAT, NONCE_PARAMETER, ROUTE } from '../contract';
import script from './open-link.client.js';
import openLinkStyles from './open-link.css';
import html from './open-link.html';
import { COMMON_FILES, COMMON_VALUES, type PageSettings, type ProtectedPage, protect } from './protected-page';
import { renderPage } from './render';
import { type Language, TEXTS } from './texts';

const FILES = {
  ...COMMON_FILES,
  'open-link.client.js': script,
  'open-link.css': openLinkStyles,
};

/**
 * Renders the click-through page. It is the same for every link: the nonce is in the fragment of the URL, which browsers
 * do not send with a request for the page.
 *
 * @throws Error if an origin in the settings is malformed.
 */
export function openLinkPage(language: Language, settings: PageSettings): ProtectedPage {
  const values = {
    ...TEXTS[language],
    ...COMMON_VALUES,
    language,
    otherPage: ROUTE.sendFile,
    exchange: `${ROUTE.accessObject}?${JSON_FORMAT.parameter}=${JSON_FORMAT.value}&${NONCE_PARAMETER}=`,
  };
  return protect(renderPage(html, FILES, values, settings), settings.s3Origins);
}
