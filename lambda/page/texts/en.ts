import type { Texts } from './texts';

export const en: Texts = {
  direction: 'ltr',
  preview: 'This link works only once. Nothing happens until you press the button.',
  help: 'Help:',
  button: {
    download: 'Download',
    showText: 'Show the text',
    working: 'One moment…',
    tryAgain: 'Try again',
    downloadAgain: 'Download again ({time} left)',
    copy: 'Copy',
    copied: 'Copied',
  },
  card: {
    until: 'until {date}',
    opened: 'opened {date}',
  },
  ready: {
    title: 'A file for you',
    titleFrom: '{from} sent you a file',
    titleText: 'A text for you',
    titleTextFrom: '{from} sent you a text',
    explanation: 'The link works once: after you press the button, neither you nor anyone else can use it again.',
    advice: 'In another app? Open this page in your browser before you press the button.',
  },
  opened: {
    title: 'Your download has started',
    explanation: 'The link has been used. It can’t be opened again.',
    advice: 'If you couldn’t download the file, ask the person who sent you the link for a new one.',
  },
  text: {
    title: 'Here is the text',
    explanation: 'The link has been used. It can’t be opened again.',
    advice: 'The text is shown only once. Copy or download it if you want to keep it.',
  },
  openedBefore: {
    titleToday: 'You opened this link on this device at {time}',
    titleEarlier: 'You opened this link on this device on {date}',
    explanation: 'It can’t be opened again. If you downloaded the file, it is in your browser’s list of downloads.',
    advice: 'If you don’t have the file, ask the person who sent you the link for a new one.',
  },
  unavailable: {
    title: 'This link can’t be opened',
    explanation:
      'Each link works once, and only for a limited time. This one may already have been opened, have expired, or be incomplete.',
    advice:
      'Ask the person who sent you the link for a new one. If you didn’t open this one, tell them: someone else may have.',
  },
  incomplete: {
    title: 'This link is incomplete',
    explanation:
      'The end of the link is missing or damaged. This can happen when a link is copied by hand or split across two lines.',
    advice: 'Copy the whole link and open it again, or ask the person who sent you the link for a new one.',
  },
  retry: {
    title: 'Please try again in a moment',
    explanation:
      'The service can’t be reached or didn’t respond. The link may still work: wait a moment, then try again.',
    advice: 'If the link no longer works, ask the person who sent it to you for a new one.',
  },
  interrupted: {
    title: 'This link may have been used',
    explanation:
      'The button was pressed in this browser, but the page was closed or reloaded before the service responded.',
    advice:
      'Open the link again from the message you received. If it no longer works, ask the person who sent it to you for a new one.',
  },
  missing: {
    title: 'The file can’t be downloaded',
    explanation: 'It may have been moved or deleted, or it can’t be read right now. The link can’t be used again.',
    advice: 'Ask the person who sent you the link to check the file and send you a new link.',
  },
  noScript: {
    title: 'This page needs JavaScript',
    explanation:
      'The link is used only when a person presses the button, so that programs that follow links can’t use it. Just opening this page doesn’t use it.',
    advice: 'Allow JavaScript for this page and reload it, or open the link in another browser.',
  },
};
