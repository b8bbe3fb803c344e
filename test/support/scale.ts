/** Multiplies the number of attempts in `test/properties` and `test/faults`. `npm run test:soak` sets SOAK. */
export const SCALE = process.env['SOAK'] ? 10 : 1;
