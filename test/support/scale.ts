/** How much of everything the proofs try: `npm run test:soak` sets SOAK. */
export const EFFORT = process.env['SOAK'] ? 10 : 1;
