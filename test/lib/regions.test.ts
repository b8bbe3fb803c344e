import { RegionInfo } from 'aws-cdk-lib/region-info';
import { isRegion, partitionOf } from '../../lib/options/arn';

test.each(RegionInfo.regions.map(({ name, partition }) => ({ name, partition })))(
  '$name is a region, of the partition $partition',
  ({ name, partition }) => {
    expect(isRegion(name)).toBe(true);
    expect(partitionOf(name)).toBe(partition);
  },
);
