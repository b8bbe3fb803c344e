import { JSON_ANSWER, NONCE_PARAMETER, ROUTE } from '../../lambda/contract';
import { LINK_GONE, LINK_INCOMPLETE } from './refusal-page';
import { renderPage } from './render';

/**
 * Header that carries the `code` of a gateway response. The script reads it because API Gateway may return the HTML body
 * where a CDN removed the `Accept` header.
 */
export const PROBLEM_CODE_HEADER = 'Problem-Code';

/**
 * Renders the click-through page. It is the same for every link: the nonce is in the fragment of the address, which browsers
 * do not send, until a person presses the button.
 */
export function openLinkPage(): string {
  return renderPage('open-link.html', {
    goneTitle: LINK_GONE.title,
    goneExplanation: LINK_GONE.explanation,
    goneAdvice: LINK_GONE.advice,
    incompleteTitle: LINK_INCOMPLETE.title,
    incompleteExplanation: LINK_INCOMPLETE.explanation,
    incompleteAdvice: LINK_INCOMPLETE.advice,
    // Relative, so that stages, base paths and custom domains work.
    exchange: `${ROUTE.accessObject}?${JSON_ANSWER.parameter}=${JSON_ANSWER.value}`,
    nonceParameter: NONCE_PARAMETER,
    codeHeader: PROBLEM_CODE_HEADER,
  });
}
