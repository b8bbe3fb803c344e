import { buildPackage } from './package';

void buildPackage();
