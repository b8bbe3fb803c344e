import type { SendFileTexts } from './send-file-texts';

export const en: SendFileTexts = {
  preview: 'Someone is asking you for a file. Nothing is sent until you choose one and press Send.',
  send: {
    choose: 'Choose a file',
    drop: 'or drop it here',
    send: 'Send',
    chooseAnother: 'Choose another file',
    cancel: 'Cancel',
    tryAgain: 'Try again ({time} left)',
  },
  facts: {
    upTo: 'up to {size}',
    image: 'images',
    video: 'videos',
    audio: 'audio',
    text: 'text files',
    progress: '{done} of {size}',
    left: 'about {time} left',
    sent: 'sent {date}',
  },
  problem: {
    several: 'One file only. To send several, put them in a ZIP file.',
    size: 'This file is too large. It can be at most {size}.',
    type: 'This type of file is not accepted. Accepted: {types}.',
    unreadable: 'This file can’t be read. It may have been moved, changed or deleted.',
    rejected: 'This file is not accepted. Please choose another one.',
  },
  ready: {
    title: 'A request for a file',
    titleFrom: '{from} is asking you for a file',
    explanation: 'The link works once: after you press Send, neither you nor anyone else can use it for another file.',
    advice: 'In another app? Open this page in your browser before you choose a file.',
  },
  sending: {
    title: 'Sending your file',
    explanation: 'Keep this page open until the file has been received.',
  },
  failed: {
    title: 'Your file couldn’t be sent',
    titleCanceled: 'You canceled the upload',
    explanation: 'You can try again until the time runs out. The link now works only for this file.',
    advice: 'Keep this page open: if you close or reload it, you will need a new link.',
  },
  received: {
    title: 'Received: {size}',
    explanation: 'You can close this page.',
    advice: 'The link has been used. To send another file, ask the person who sent it to you for a new one.',
  },
  sentBefore: {
    titleToday: 'You sent a file through this link on this device at {time}',
    titleEarlier: 'You sent a file through this link on this device on {date}',
    explanation: 'It was received. The link can’t be used again.',
    advice: 'To send another file, ask the person who sent you the link for a new one.',
  },
  unavailable: {
    title: 'This link can’t be used',
    explanation:
      'Each link works once, and only for a limited time. This one may already have been used, have expired, or be incomplete.',
    advice:
      'Ask the person who sent you the link for a new one. If you didn’t use this one, tell them: someone else may have.',
  },
  interrupted: {
    title: 'This link may have been used',
    explanation: 'The page was closed or reloaded before the file was received.',
    advice:
      'Open the link again from the message you received. If it no longer works, ask the person who sent it to you for a new one.',
  },
  exists: {
    title: 'A file with this name already exists',
    explanation: 'It was not replaced. The link can’t be used again.',
  },
  expired: {
    title: 'Your file can no longer be sent',
    explanation: 'The time to send it ran out, or the storage service doesn’t accept it. The link can’t be used again.',
    advice: 'Ask the person who sent you the link for a new one.',
  },
};
