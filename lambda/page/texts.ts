import { de } from './texts/de';
import { en } from './texts/en';
import { es } from './texts/es';
import { fr } from './texts/fr';
import { ja } from './texts/ja';
import { pt } from './texts/pt';
import type { Texts } from './texts/texts';

export type { PageText, Texts } from './texts/texts';

/** The texts by language tag (RFC 5646). The first language is the default. */
export const TEXTS = { en, de, fr, es, pt, ja } as const satisfies Readonly<Record<string, Texts>>;

/** Language of the page. */
export type Language = keyof typeof TEXTS;

/** The languages of the page, the default first. */
export const LANGUAGES = Object.keys(TEXTS) as [Language, ...Language[]];
