import { LANGUAGES, TEXTS } from '../../../lambda/page/texts';

/** Every text of a language by its path, such as `ready.title`. */
function textsOf(language: (typeof LANGUAGES)[number]): ReadonlyMap<string, string> {
  return new Map(
    Object.entries<string | Readonly<Record<string, string>>>(TEXTS[language]).flatMap(([name, value]) =>
      typeof value === 'string'
        ? [[name, value] as const]
        : Object.entries(value).map(([member, text]) => [`${name}.${member}`, text] as const),
    ),
  );
}

test('English is the default language', () => {
  expect(LANGUAGES).toEqual(['en', 'de', 'fr', 'es', 'pt', 'ja']);
});

describe.each(LANGUAGES)('the texts in %s', (language) => {
  const texts = textsOf(language);

  test('have the same keys as in English, and none is empty', () => {
    expect([...texts.keys()].sort()).toEqual([...textsOf('en').keys()].sort());
    expect([...texts].filter(([, text]) => text.trim() !== text || text === '')).toEqual([]);
  });

  test('have the placeholders that the page fills in', () => {
    const placeholders = [...texts].flatMap(([name, text]) => {
      const found = text.match(/\{\w*\}/g);
      return found ? [[name, ...found]] : [];
    });
    expect(placeholders.sort()).toEqual([
      ['button.downloadAgain', '{time}'],
      ['card.opened', '{date}'],
      ['card.until', '{date}'],
      ['openedBefore.titleEarlier', '{date}'],
      ['openedBefore.titleToday', '{time}'],
      ['ready.titleFrom', '{from}'],
      ['ready.titleTextFrom', '{from}'],
    ]);
  });

  test('are translated', () => {
    const english = textsOf('en');
    const same = [...texts].filter(([name, text]) => text === english.get(name)).map(([name]) => name);
    expect(language === 'en' ? [] : same.filter((name) => name !== 'direction')).toEqual([]);
  });
});
