import type { Texts } from './texts';

export const de: Texts = {
  direction: 'ltr',
  preview: 'Dieser Link funktioniert nur einmal. Es passiert nichts, bis Sie auf die Schaltfläche klicken.',
  help: 'Hilfe:',
  button: {
    download: 'Herunterladen',
    showText: 'Text anzeigen',
    working: 'Einen Moment …',
    tryAgain: 'Erneut versuchen',
    downloadAgain: 'Erneut herunterladen (noch {time})',
    copy: 'Kopieren',
    copied: 'Kopiert',
  },
  card: {
    until: 'bis {date}',
    opened: 'geöffnet am {date}',
  },
  ready: {
    title: 'Eine Datei für Sie',
    titleFrom: '{from} hat Ihnen eine Datei gesendet',
    titleText: 'Ein Text für Sie',
    titleTextFrom: '{from} hat Ihnen einen Text gesendet',
    explanation:
      'Der Link funktioniert nur einmal: Nach dem Klick auf die Schaltfläche können weder Sie noch andere ihn erneut verwenden.',
    advice: 'In einer anderen App? Öffnen Sie diese Seite im Browser, bevor Sie auf die Schaltfläche klicken.',
  },
  opened: {
    title: 'Ihr Download wurde gestartet',
    explanation: 'Der Link wurde verwendet. Er kann nicht noch einmal geöffnet werden.',
    advice:
      'Wenn Sie die Datei nicht herunterladen konnten, bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
  text: {
    title: 'Hier ist der Text',
    explanation: 'Der Link wurde verwendet. Er kann nicht noch einmal geöffnet werden.',
    advice:
      'Der Text wird nur einmal angezeigt. Kopieren Sie ihn oder laden Sie ihn herunter, wenn Sie ihn behalten möchten.',
  },
  openedBefore: {
    titleToday: 'Sie haben diesen Link auf diesem Gerät um {time} geöffnet',
    titleEarlier: 'Sie haben diesen Link auf diesem Gerät am {date} geöffnet',
    explanation:
      'Er kann nicht noch einmal geöffnet werden. Wenn Sie die Datei heruntergeladen haben, finden Sie sie in der Downloadliste Ihres Browsers.',
    advice: 'Wenn Sie die Datei nicht haben, bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
  unavailable: {
    title: 'Dieser Link kann nicht geöffnet werden',
    explanation:
      'Jeder Link funktioniert nur einmal und nur für begrenzte Zeit. Dieser wurde vielleicht schon geöffnet, ist abgelaufen oder unvollständig.',
    advice:
      'Bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen. Wenn Sie diesen nicht geöffnet haben, teilen Sie ihr das mit: Vielleicht hat es jemand anderes getan.',
  },
  incomplete: {
    title: 'Dieser Link ist unvollständig',
    explanation:
      'Das Ende des Links fehlt oder ist beschädigt. Das kann passieren, wenn ein Link abgetippt oder auf zwei Zeilen umbrochen wird.',
    advice:
      'Kopieren Sie den ganzen Link und öffnen Sie ihn noch einmal, oder bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  retry: {
    title: 'Bitte versuchen Sie es gleich noch einmal',
    explanation:
      'Der Dienst ist nicht erreichbar oder hat nicht geantwortet. Der Link ist vielleicht noch gültig: Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
    advice: 'Wenn der Link nicht mehr funktioniert, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  interrupted: {
    title: 'Dieser Link wurde vielleicht schon verwendet',
    explanation:
      'In diesem Browser wurde auf die Schaltfläche geklickt, aber die Seite wurde geschlossen oder neu geladen, bevor der Dienst geantwortet hat.',
    advice:
      'Öffnen Sie den Link noch einmal aus der Nachricht, die Sie erhalten haben. Wenn er nicht mehr funktioniert, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  missing: {
    title: 'Die Datei kann nicht heruntergeladen werden',
    explanation:
      'Sie wurde vielleicht verschoben oder gelöscht, oder sie kann im Moment nicht gelesen werden. Der Link kann nicht noch einmal verwendet werden.',
    advice:
      'Bitten Sie die Person, die Ihnen den Link gesendet hat, die Datei zu prüfen und Ihnen einen neuen Link zu senden.',
  },
  noScript: {
    title: 'Diese Seite benötigt JavaScript',
    explanation:
      'Der Link wird erst verwendet, wenn ein Mensch auf die Schaltfläche klickt. So können Programme, die Links folgen, ihn nicht verwenden. Das Öffnen dieser Seite zählt nicht.',
    advice:
      'Erlauben Sie JavaScript für diese Seite und laden Sie sie neu, oder öffnen Sie den Link in einem anderen Browser.',
  },
};
