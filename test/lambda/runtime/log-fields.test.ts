import type { PresignedUrl } from '../../../lambda/link/destination';
import type { LinkId, Nonce } from '../../../lambda/link/nonce';
import type { SealedDestination } from '../../../lambda/link/sealed-destination';
import type { LogFields } from '../../../lambda/runtime/log';

declare const nonce: Nonce;
declare const url: PresignedUrl;
declare const sealed: SealedDestination;

/** Never run: the compiler checks it, and fails if one of the marked lines compiles. */
const compileTimeChecks = (): unknown => [
  // @ts-expect-error a nonce is no link id
  { event: 'link_issued', link_id: nonce } satisfies LogFields,
  // @ts-expect-error there is no field for an address
  { event: 'link_issued', url } satisfies LogFields,
  // @ts-expect-error sealed is not open
  sealed satisfies PresignedUrl,
  // @ts-expect-error an address is no nonce
  url satisfies Nonce,
];

test('a link id can be logged; the compiler refuses nonces and addresses', () => {
  const fields = { event: 'link_issued', link_id: 'id' as LinkId } satisfies LogFields;

  expect(fields).toEqual({ event: 'link_issued', link_id: 'id' });
  expect(compileTimeChecks).toBeInstanceOf(Function);
});
