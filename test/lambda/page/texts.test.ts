import { SEND_FILE_TEXTS } from '../../../lambda/page/send-file-texts';
import { LANGUAGES, TEXTS } from '../../../lambda/page/texts';

type Group = Readonly<Record<string, string>>;
type Texts = Readonly<Record<(typeof LANGUAGES)[number], Readonly<Record<string, string | Group>>>>;

/** Every text of a page in a language by its path, such as `ready.title`. */
function textsOf(page: Texts, language: (typeof LANGUAGES)[number]): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(page[language]).flatMap(([name, value]) =>
      typeof value === 'string'
        ? [[name, value] as const]
        : Object.entries(value).map(([member, text]) => [`${name}.${member}`, text] as const),
    ),
  );
}

test('English is the default language', () => {
  expect(LANGUAGES).toEqual(['en', 'de', 'fr', 'es', 'pt', 'ja']);
});

const PLACEHOLDERS_OF_DOWNLOADS = [
  ['button.downloadAgain', '{time}'],
  ['card.opened', '{date}'],
  ['card.until', '{date}'],
  ['openedBefore.titleEarlier', '{date}'],
  ['openedBefore.titleToday', '{time}'],
  ['ready.titleFrom', '{from}'],
  ['ready.titleTextFrom', '{from}'],
];

const PLACEHOLDERS_OF_UPLOADS = [
  ['facts.left', '{time}'],
  ['facts.progress', '{done}', '{size}'],
  ['facts.sent', '{date}'],
  ['facts.upTo', '{size}'],
  ['problem.size', '{size}'],
  ['problem.type', '{types}'],
  ['ready.titleFrom', '{from}'],
  ['received.title', '{size}'],
  ['send.tryAgain', '{time}'],
  ['sentBefore.titleEarlier', '{date}'],
  ['sentBefore.titleToday', '{time}'],
];

/** Spelled as in English. */
const LOANWORDS = ['facts.image', 'facts.video', 'facts.audio'];

describe.each<[string, Texts, readonly (readonly string[])[]]>([
  ['the click-through page', TEXTS, PLACEHOLDERS_OF_DOWNLOADS],
  ['the page for uploaders', SEND_FILE_TEXTS, PLACEHOLDERS_OF_UPLOADS],
])('the texts of %s', (_, page, expectedPlaceholders) => {
  describe.each(LANGUAGES)('in %s', (language) => {
    const texts = textsOf(page, language);

    test('have the same keys as in English, and none is empty', () => {
      expect([...texts.keys()].sort()).toEqual([...textsOf(page, 'en').keys()].sort());
      expect([...texts].filter(([, text]) => text.trim() !== text || text === '')).toEqual([]);
    });

    test('have the placeholders that the page fills in', () => {
      const placeholders = [...texts].flatMap(([name, text]) => {
        const found = text.match(/\{\w*\}/g);
        return found ? [[name, ...found.sort()]] : [];
      });
      expect(placeholders.sort()).toEqual(expectedPlaceholders);
    });

    test('are translated', () => {
      const english = textsOf(page, 'en');
      const same = [...texts].filter(([name, text]) => text === english.get(name)).map(([name]) => name);
      expect(language === 'en' ? [] : same.filter((name) => !['direction', ...LOANWORDS].includes(name))).toEqual([]);
    });
  });
});
