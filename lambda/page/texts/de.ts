import type { Texts } from './texts';

export const de: Texts = {
  direction: 'ltr',
  preview: 'Der Link funktioniert nur einmal. Es passiert nichts, bevor Sie auf die Schaltfläche klicken.',
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
    explanation:
      'Sobald Sie auf die Schaltfläche klicken, funktioniert der Link nicht mehr, weder für Sie noch für andere.',
    advice:
      'In einer anderen App? Öffnen Sie diese Seite zuerst in Ihrem Browser und laden Sie die Datei dort herunter.',
  },
  opened: {
    title: 'Ihr Download wurde gestartet',
    explanation: 'Der Link ist verbraucht: Niemand sonst kann ihn öffnen.',
    advice:
      'Wenn der Download fehlschlägt und sich nicht erneut starten lässt, bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
  text: {
    title: 'Hier ist der Text',
    explanation: 'Der Link ist verbraucht: Niemand sonst kann ihn öffnen.',
    advice:
      'Diese Seite zeigt den Text nur jetzt. Kopieren Sie ihn oder laden Sie ihn herunter, wenn Sie ihn behalten möchten.',
  },
  openedBefore: {
    titleToday: 'Sie haben diesen Link auf diesem Gerät um {time} geöffnet',
    titleEarlier: 'Sie haben diesen Link auf diesem Gerät am {date} geöffnet',
    explanation:
      'Er ist verbraucht und lässt sich nicht noch einmal öffnen. Eine heruntergeladene Datei finden Sie in der Downloadliste Ihres Browsers.',
    advice: 'Wenn Sie die Datei nicht haben, bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen.',
  },
  unavailable: {
    title: 'Dieser Link kann nicht geöffnet werden',
    explanation:
      'Ein Link funktioniert nur einmal und nur für begrenzte Zeit. Dieser wurde vielleicht schon geöffnet, ist abgelaufen oder unvollständig.',
    advice:
      'Bitten Sie die Person, die Ihnen den Link gesendet hat, um einen neuen. Wenn Sie ihn nicht selbst geöffnet haben und niemand sonst ihn öffnen sollte, teilen Sie ihr auch das mit.',
  },
  incomplete: {
    title: 'Dieser Link ist unvollständig',
    explanation:
      'Der letzte Teil fehlt oder ist beschädigt. Das passiert, wenn ein Link von Hand kopiert oder auf zwei Zeilen umbrochen wird.',
    advice:
      'Kopieren Sie den ganzen Link und öffnen Sie ihn noch einmal, oder bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  retry: {
    title: 'Bitte versuchen Sie es gleich noch einmal',
    explanation:
      'Der Dienst ist nicht erreichbar oder konnte gerade nicht antworten. Der Link ist vielleicht noch gültig: Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
    advice: 'Wenn er dann abgelehnt wird, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  interrupted: {
    title: 'Der Link wurde vielleicht schon verwendet',
    explanation:
      'In diesem Browser wurde auf die Schaltfläche geklickt, aber die Seite wurde geschlossen oder neu geladen, bevor der Dienst geantwortet hat.',
    advice:
      'Öffnen Sie den Link noch einmal so, wie Sie ihn erhalten haben. Wenn er dann abgelehnt wird, bitten Sie die Person, die ihn Ihnen gesendet hat, um einen neuen.',
  },
  missing: {
    title: 'Die Datei kann nicht heruntergeladen werden',
    explanation:
      'Sie wurde vielleicht verschoben oder gelöscht, oder sie kann im Moment nicht gelesen werden. Der Link ist verbraucht.',
    advice:
      'Bitten Sie die Person, die Ihnen den Link gesendet hat, die Datei zu prüfen und Ihnen einen neuen Link zu senden.',
  },
  noScript: {
    title: 'Diese Seite benötigt JavaScript',
    explanation:
      'Der Link wird erst verwendet, wenn ein Mensch auf eine Schaltfläche klickt. So verbrauchen ihn keine Programme, die Links automatisch folgen. Noch ist nichts verbraucht.',
    advice:
      'Erlauben Sie JavaScript für diese Seite und laden Sie sie neu, oder öffnen Sie den Link in einem anderen Browser.',
  },
};
