import { describeRaces } from '../support/race-suite';

describe('on the memory engine', () => {
  describeRaces('memory');
});
