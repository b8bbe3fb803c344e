import type { SendFileTexts } from './send-file-texts';

export const de: SendFileTexts = {
  preview:
    'Sie werden um eine Datei gebeten. Es wird nichts gesendet, bis Sie eine Datei auswählen und auf „Senden“ klicken.',
  send: {
    choose: 'Datei auswählen',
    drop: 'oder hierher ziehen',
    send: 'Senden',
    chooseAnother: 'Andere Datei auswählen',
    cancel: 'Abbrechen',
    tryAgain: 'Erneut versuchen (noch {time})',
  },
  facts: {
    upTo: 'bis zu {size}',
    image: 'Bilder',
    video: 'Videos',
    audio: 'Audiodateien',
    text: 'Textdateien',
    progress: '{done} von {size}',
    left: 'noch etwa {time}',
    sent: 'gesendet am {date}',
  },
  problem: {
    several: 'Bitte nur eine Datei. Mehrere Dateien können Sie als ZIP-Datei senden.',
    size: 'Diese Datei ist zu groß. Erlaubt sind höchstens {size}.',
    type: 'Dieser Dateityp wird nicht angenommen. Erlaubt sind: {types}.',
    unreadable: 'Diese Datei kann nicht gelesen werden. Vielleicht wurde sie verschoben, geändert oder gelöscht.',
    rejected: 'Diese Datei wird nicht angenommen. Bitte wählen Sie eine andere aus.',
  },
  ready: {
    title: 'Bitte um eine Datei',
    titleFrom: '{from} bittet Sie um eine Datei',
    explanation:
      'Der Link funktioniert nur einmal: Nach dem Klick auf „Senden“ können weder Sie noch andere ihn für eine weitere Datei verwenden.',
    advice: 'In einer anderen App? Öffnen Sie diese Seite im Browser, bevor Sie eine Datei auswählen.',
  },
  sending: {
    title: 'Ihre Datei wird gesendet',
    explanation: 'Lassen Sie diese Seite geöffnet, bis die Datei angekommen ist.',
  },
  failed: {
    title: 'Ihre Datei konnte nicht gesendet werden',
    titleCanceled: 'Sie haben das Senden abgebrochen',
    explanation:
      'Sie können es erneut versuchen, bis die Zeit abgelaufen ist. Der Link gilt jetzt nur noch für diese Datei.',
    advice:
      'Lassen Sie diese Seite geöffnet: Wenn sie geschlossen oder neu geladen wird, brauchen Sie einen neuen Link.',
  },
  received: {
    title: 'Angekommen: {size}',
    explanation: 'Sie können diese Seite schließen.',
    advice:
      'Der Link wurde verwendet. Wenn Sie eine weitere Datei senden möchten, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  sentBefore: {
    titleToday: 'Sie haben um {time} auf diesem Gerät eine Datei über diesen Link gesendet',
    titleEarlier: 'Sie haben am {date} auf diesem Gerät eine Datei über diesen Link gesendet',
    explanation: 'Sie ist angekommen. Der Link kann nicht noch einmal verwendet werden.',
    advice:
      'Wenn Sie eine weitere Datei senden möchten, bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
  unavailable: {
    title: 'Dieser Link kann nicht verwendet werden',
    explanation:
      'Jeder Link funktioniert nur einmal und nur für begrenzte Zeit. Dieser wurde vielleicht schon verwendet, ist abgelaufen oder unvollständig.',
    advice:
      'Bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen. Wenn Sie diesen nicht verwendet haben, teilen Sie ihr das mit: Vielleicht hat es jemand anderes getan.',
  },
  interrupted: {
    title: 'Dieser Link wurde vielleicht schon verwendet',
    explanation: 'Die Seite wurde geschlossen oder neu geladen, bevor die Datei angekommen ist.',
    advice:
      'Öffnen Sie den Link noch einmal aus der Nachricht, die Sie erhalten haben. Wenn er nicht mehr funktioniert, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  exists: {
    title: 'Eine Datei mit diesem Namen ist schon vorhanden',
    explanation: 'Sie wurde nicht ersetzt. Der Link kann nicht noch einmal verwendet werden.',
  },
  expired: {
    title: 'Ihre Datei kann nicht mehr gesendet werden',
    explanation:
      'Die Zeit dafür ist abgelaufen, oder der Speicherdienst nimmt die Datei nicht an. Der Link kann nicht noch einmal verwendet werden.',
    advice: 'Bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
};
