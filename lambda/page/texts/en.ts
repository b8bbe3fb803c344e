import type { Texts } from './texts';

export const en: Texts = {
  direction: 'ltr',
  preview: 'The link works once. Nothing happens until you press the button.',
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
    explanation: 'The link stops working when you press the button, for you and for everyone else.',
    advice: 'Inside another app? Open this page in your browser first, then download.',
  },
  opened: {
    title: 'Your download has started',
    explanation: 'The link is used up: nobody else can open it.',
    advice: 'If the download fails and cannot be started again, ask the person who sent you the link for a new one.',
  },
  text: {
    title: 'Here is the text',
    explanation: 'The link is used up: nobody else can open it.',
    advice: 'This page shows the text only now. Copy or download what you want to keep.',
  },
  openedBefore: {
    titleToday: 'You opened this link on this device at {time}',
    titleEarlier: 'You opened this link on this device on {date}',
    explanation: 'It is used up and will not open again. A downloaded file is in your browser’s list of downloads.',
    advice: 'If you do not have the file, ask the person who sent you the link for a new one.',
  },
  unavailable: {
    title: 'This link can’t be opened',
    explanation:
      'A link works once, and for a limited time. This one may have been opened already, may have expired, or may be incomplete.',
    advice:
      'Ask the person who sent it to you for a new one. If you have not opened it yourself and nobody else should have, tell them that too.',
  },
  incomplete: {
    title: 'This link is incomplete',
    explanation:
      'Its last part is missing or damaged. That happens when a link is copied by hand or broken across two lines.',
    advice: 'Copy the whole link and open it again, or ask the person who sent it to you for a new one.',
  },
  retry: {
    title: 'Please try again in a moment',
    explanation:
      'The service is unreachable or could not respond just now. The link may still be good: wait a moment, then try again.',
    advice: 'If it is refused then, ask the person who sent it to you for a new one.',
  },
  interrupted: {
    title: 'The link may have been used',
    explanation:
      'The button was pressed in this browser, but the page was closed or reloaded before the service responded.',
    advice:
      'Open the link once more, as it was sent to you. If it is refused then, ask the person who sent it to you for a new one.',
  },
  missing: {
    title: 'The file can’t be downloaded',
    explanation: 'It may have been moved or deleted, or it cannot be read at the moment. The link is used up.',
    advice: 'Ask the person who sent you the link to check the file, and to send you a new link.',
  },
  noScript: {
    title: 'This page needs JavaScript',
    explanation:
      'The link is used when a person presses a button, so that programs that follow links do not use it up. Nothing has been used up yet.',
    advice: 'Allow JavaScript for this page and reload it, or open the link in another browser.',
  },
};
