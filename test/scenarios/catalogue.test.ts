/** Every provider, through the same catalogue. */

import { describeCatalogue } from './catalogue.ts';
import { DIALECTS } from './dialects.ts';

for (const dialect of DIALECTS) describeCatalogue(dialect);
