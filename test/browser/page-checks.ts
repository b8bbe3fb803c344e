import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Phones in both orientations, a tablet and a desktop. */
export const SCREENS = [
  { width: 320, height: 568 },
  { width: 375, height: 667 },
  { width: 568, height: 320 },
  { width: 667, height: 375 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
] as const;

/** Checks that nothing is cut off on any screen, and that the first button can be seen without scrolling. */
export async function expectFits(page: Page): Promise<void> {
  for (const screen of SCREENS) {
    await page.setViewportSize(screen);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(screen.width);
    for (const button of (await page.getByRole('button').all()).slice(0, 1)) {
      const box = await button.boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(screen.height);
      expect(box?.height).toBeGreaterThanOrEqual(44);
    }
  }
}

/** Checks the rules of WCAG 2.2 AA with axe-core on a phone, in the light and the dark scheme. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.setViewportSize(SCREENS[0]);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    if (await page.evaluate("typeof axe === 'undefined'")) {
      await page.evaluate(AXE);
    }
    const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`)).toEqual([]);
  }
}
