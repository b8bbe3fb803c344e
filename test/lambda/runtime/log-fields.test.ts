import type { PresignedUrl } from '../../../lambda/link/destination';
import type { LinkId, Nonce } from '../../../lambda/link/nonce';
import type { SealedDestination } from '../../../lambda/link/sealed-destination';
import type { LogFields } from '../../../lambda/runtime/log';

declare const nonce: Nonce;
declare const url: PresignedUrl;
declare const sealed: SealedDestination;

/** Never run: compilation fails if one of the marked lines compiles. */
const compileTimeChecks = (): unknown => [
  // @ts-expect-error a nonce is not a link ID
  { event: 'link_issued', link_id: nonce } satisfies LogFields,
  // @ts-expect-error there is no field for a URL
  { event: 'link_issued', url } satisfies LogFields,
  // @ts-expect-error a sealed destination is not a URL
  sealed satisfies PresignedUrl,
  // @ts-expect-error a URL is not a nonce
  url satisfies Nonce,
];

test('a link ID can be logged; nonces and URLs do not compile', () => {
  const fields = { event: 'link_issued', link_id: 'id' as LinkId } satisfies LogFields;

  expect(fields).toEqual({ event: 'link_issued', link_id: 'id' });
  expect(compileTimeChecks).toBeInstanceOf(Function);
});
