import type { Language } from './texts';
import { de } from './texts/send-file-de';
import { en } from './texts/send-file-en';
import { es } from './texts/send-file-es';
import { fr } from './texts/send-file-fr';
import { ja } from './texts/send-file-ja';
import { pt } from './texts/send-file-pt';
import type { SendFileTexts } from './texts/send-file-texts';

/** The texts of the page for uploaders, which replace those of the click-through page with the same name. */
export const SEND_FILE_TEXTS = { en, de, fr, es, pt, ja } as const satisfies Readonly<Record<Language, SendFileTexts>>;
