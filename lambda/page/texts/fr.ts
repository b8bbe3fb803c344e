import type { Texts } from './texts';

export const fr: Texts = {
  direction: 'ltr',
  preview: 'Ce lien ne fonctionne qu’une fois. Rien ne se passe tant que vous n’avez pas appuyé sur le bouton.',
  help: 'Aide\u00a0:',
  button: {
    download: 'Télécharger',
    showText: 'Afficher le texte',
    working: 'Un instant…',
    tryAgain: 'Réessayer',
    downloadAgain: 'Télécharger à nouveau (encore {time})',
    copy: 'Copier',
    copied: 'Copié',
  },
  card: {
    until: 'jusqu’au {date}',
    opened: 'ouvert le {date}',
  },
  ready: {
    title: 'Un fichier pour vous',
    titleFrom: '{from} vous a envoyé un fichier',
    titleText: 'Un texte pour vous',
    titleTextFrom: '{from} vous a envoyé un texte',
    explanation:
      'Le lien ne fonctionne qu’une fois\u00a0: dès que vous appuyez sur le bouton, plus personne ne peut s’en servir, pas même vous.',
    advice: 'Dans une autre application\u202f? Ouvrez cette page dans votre navigateur avant d’appuyer sur le bouton.',
  },
  opened: {
    title: 'Votre téléchargement a commencé',
    explanation: 'Le lien a été utilisé. Il ne peut plus être ouvert.',
    advice:
      'Si vous n’avez pas pu télécharger le fichier, demandez un nouveau lien à la personne qui vous a envoyé celui-ci.',
  },
  text: {
    title: 'Voici le texte',
    explanation: 'Le lien a été utilisé. Il ne peut plus être ouvert.',
    advice: 'Le texte n’est affiché qu’une seule fois. Copiez-le ou téléchargez-le si vous souhaitez le conserver.',
  },
  openedBefore: {
    titleToday: 'Vous avez ouvert ce lien sur cet appareil à {time}',
    titleEarlier: 'Vous avez ouvert ce lien sur cet appareil le {date}',
    explanation:
      'Il ne peut plus être ouvert. Si vous avez téléchargé le fichier, il se trouve dans la liste des téléchargements de votre navigateur.',
    advice: 'Si vous n’avez pas le fichier, demandez un nouveau lien à la personne qui vous a envoyé celui-ci.',
  },
  unavailable: {
    title: 'Impossible d’ouvrir ce lien',
    explanation:
      'Chaque lien ne fonctionne qu’une fois et pendant une durée limitée. Il se peut que celui-ci ait déjà été ouvert, ait expiré ou soit incomplet.',
    advice:
      'Demandez un nouveau lien à la personne qui vous a envoyé celui-ci. Si vous ne l’avez pas ouvert, dites-le-lui\u00a0: quelqu’un d’autre l’a peut-être fait.',
  },
  incomplete: {
    title: 'Ce lien est incomplet',
    explanation:
      'La fin du lien est manquante ou endommagée. Cela peut arriver quand un lien est recopié à la main ou coupé sur deux lignes.',
    advice:
      'Copiez le lien en entier et ouvrez-le à nouveau, ou demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  retry: {
    title: 'Veuillez réessayer dans un instant',
    explanation:
      'Le service est injoignable ou n’a pas répondu. Le lien est peut-être encore valable\u00a0: patientez un instant, puis réessayez.',
    advice: 'Si le lien ne fonctionne plus, demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  interrupted: {
    title: 'Ce lien a peut-être été utilisé',
    explanation:
      'Le bouton a été actionné dans ce navigateur, mais la page a été fermée ou rechargée avant la réponse du service.',
    advice:
      'Ouvrez à nouveau le lien depuis le message que vous avez reçu. S’il ne fonctionne plus, demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  missing: {
    title: 'Impossible de télécharger le fichier',
    explanation:
      'Il a peut-être été déplacé ou supprimé, ou ne peut pas être lu pour le moment. Le lien ne peut plus être utilisé.',
    advice:
      'Demandez à la personne qui vous a envoyé le lien de vérifier le fichier et de vous envoyer un nouveau lien.',
  },
  noScript: {
    title: 'Cette page nécessite JavaScript',
    explanation:
      'Le lien n’est utilisé que lorsqu’une personne appuie sur le bouton, afin que les programmes qui suivent les liens ne puissent pas s’en servir. Ouvrir cette page ne compte pas.',
    advice: 'Autorisez JavaScript pour cette page et rechargez-la, ou ouvrez le lien dans un autre navigateur.',
  },
};
