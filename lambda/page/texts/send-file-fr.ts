import type { SendFileTexts } from './send-file-texts';

export const fr: SendFileTexts = {
  preview:
    'On vous demande un fichier. Rien n’est envoyé tant que vous n’avez pas choisi de fichier et appuyé sur «\u00a0Envoyer\u00a0».',
  send: {
    choose: 'Choisir un fichier',
    drop: 'ou déposez-le ici',
    send: 'Envoyer',
    chooseAnother: 'Choisir un autre fichier',
    cancel: 'Annuler',
    tryAgain: 'Réessayer (encore {time})',
  },
  facts: {
    upTo: 'jusqu’à {size}',
    image: 'images',
    video: 'vidéos',
    audio: 'fichiers audio',
    text: 'fichiers texte',
    progress: '{done} sur {size}',
    left: 'encore {time} environ',
    sent: 'envoyé le {date}',
  },
  problem: {
    several: 'Un seul fichier est accepté. Pour en envoyer plusieurs, regroupez-les dans un fichier ZIP.',
    size: 'Ce fichier est trop volumineux. La taille maximale est de {size}.',
    type: 'Ce type de fichier n’est pas accepté. Types acceptés\u00a0: {types}.',
    unreadable: 'Impossible de lire ce fichier. Il a peut-être été déplacé, modifié ou supprimé.',
    rejected: 'Ce fichier n’est pas accepté. Veuillez en choisir un autre.',
  },
  ready: {
    title: 'Un fichier vous est demandé',
    titleFrom: '{from} vous demande un fichier',
    explanation:
      'Le lien ne fonctionne qu’une fois\u00a0: dès que vous appuyez sur «\u00a0Envoyer\u00a0», plus personne ne peut s’en servir pour un autre fichier, pas même vous.',
    advice: 'Dans une autre application\u202f? Ouvrez cette page dans votre navigateur avant de choisir un fichier.',
  },
  sending: {
    title: 'Envoi de votre fichier',
    explanation: 'Laissez cette page ouverte jusqu’à la réception du fichier.',
  },
  failed: {
    title: 'Impossible d’envoyer votre fichier',
    titleCanceled: 'Vous avez annulé l’envoi',
    explanation: 'Vous pouvez réessayer jusqu’à la fin du délai. Le lien ne fonctionne plus que pour ce fichier.',
    advice: 'Laissez cette page ouverte\u00a0: si elle est fermée ou rechargée, il vous faudra un nouveau lien.',
  },
  received: {
    title: 'Bien reçu\u00a0: {size}',
    explanation: 'Vous pouvez fermer cette page.',
    advice:
      'Le lien a été utilisé. Pour envoyer un autre fichier, demandez un nouveau lien à la personne qui vous a envoyé celui-ci.',
  },
  sentBefore: {
    titleToday: 'Vous avez envoyé un fichier avec ce lien sur cet appareil à {time}',
    titleEarlier: 'Vous avez envoyé un fichier avec ce lien sur cet appareil le {date}',
    explanation: 'Il a bien été reçu. Le lien ne peut plus être utilisé.',
    advice: 'Pour envoyer un autre fichier, demandez un nouveau lien à la personne qui vous a envoyé celui-ci.',
  },
  unavailable: {
    title: 'Ce lien ne fonctionne pas',
    explanation:
      'Chaque lien ne fonctionne qu’une fois et pendant une durée limitée. Il se peut que celui-ci ait déjà été utilisé, ait expiré ou soit incomplet.',
    advice:
      'Demandez un nouveau lien à la personne qui vous a envoyé celui-ci. Si vous ne l’avez pas utilisé, dites-le-lui\u00a0: quelqu’un d’autre l’a peut-être fait.',
  },
  interrupted: {
    title: 'Ce lien a peut-être été utilisé',
    explanation: 'La page a été fermée ou rechargée avant la réception du fichier.',
    advice:
      'Ouvrez à nouveau le lien depuis le message que vous avez reçu. S’il ne fonctionne plus, demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  exists: {
    title: 'Un fichier portant ce nom existe déjà',
    explanation: 'Il n’a pas été remplacé. Le lien ne peut plus être utilisé.',
  },
  expired: {
    title: 'Votre fichier ne peut plus être envoyé',
    explanation:
      'Le délai est écoulé ou le service de stockage n’accepte pas le fichier. Le lien ne peut plus être utilisé.',
    advice: 'Demandez un nouveau lien à la personne qui vous a envoyé celui-ci.',
  },
};
