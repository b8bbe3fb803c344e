import { describeRaces } from '../support/race-suite';

describe('on the disk engine', () => {
  describeRaces('disk');
});
