import type { Texts } from './texts';

export const fr: Texts = {
  direction: 'ltr',
  preview: 'Le lien ne fonctionne qu’une fois. Rien ne se passe tant que vous n’appuyez pas sur le bouton.',
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
    explanation:
      'Dès que vous appuyez sur le bouton, le lien cesse de fonctionner, pour vous comme pour tout le monde.',
    advice:
      'Dans une autre application\u202f? Ouvrez d’abord cette page dans votre navigateur, puis téléchargez le fichier.',
  },
  opened: {
    title: 'Votre téléchargement a commencé',
    explanation: 'Le lien a été utilisé\u00a0: personne d’autre ne peut l’ouvrir.',
    advice:
      'Si le téléchargement échoue et ne peut pas être relancé, demandez un nouveau lien à la personne qui vous l’a envoyé.',
  },
  text: {
    title: 'Voici le texte',
    explanation: 'Le lien a été utilisé\u00a0: personne d’autre ne peut l’ouvrir.',
    advice: 'Cette page n’affiche le texte que maintenant. Copiez ou téléchargez ce que vous souhaitez conserver.',
  },
  openedBefore: {
    titleToday: 'Vous avez ouvert ce lien sur cet appareil à {time}',
    titleEarlier: 'Vous avez ouvert ce lien sur cet appareil le {date}',
    explanation:
      'Il a été utilisé et ne peut plus être ouvert. Un fichier téléchargé se trouve dans la liste des téléchargements de votre navigateur.',
    advice: 'Si vous n’avez pas le fichier, demandez un nouveau lien à la personne qui vous l’a envoyé.',
  },
  unavailable: {
    title: 'Impossible d’ouvrir ce lien',
    explanation:
      'Un lien ne fonctionne qu’une fois, pendant une durée limitée. Celui-ci a peut-être déjà été ouvert, a expiré ou est incomplet.',
    advice:
      'Demandez un nouveau lien à la personne qui vous l’a envoyé. Si vous ne l’avez pas ouvert vous-même et que personne d’autre n’aurait dû le faire, signalez-le-lui également.',
  },
  incomplete: {
    title: 'Ce lien est incomplet',
    explanation:
      'Sa dernière partie est manquante ou endommagée. Cela arrive quand un lien est recopié à la main ou coupé sur deux lignes.',
    advice:
      'Copiez le lien en entier et ouvrez-le à nouveau, ou demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  retry: {
    title: 'Veuillez réessayer dans un instant',
    explanation:
      'Le service est injoignable ou n’a pas pu répondre. Le lien est peut-être encore valable\u00a0: patientez un instant, puis réessayez.',
    advice: 'S’il est alors refusé, demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  interrupted: {
    title: 'Le lien a peut-être été utilisé',
    explanation:
      'Le bouton a été pressé dans ce navigateur, mais la page a été fermée ou rechargée avant la réponse du service.',
    advice:
      'Ouvrez le lien une nouvelle fois, tel que vous l’avez reçu. S’il est alors refusé, demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  missing: {
    title: 'Impossible de télécharger le fichier',
    explanation:
      'Il a peut-être été déplacé ou supprimé, ou ne peut pas être lu pour le moment. Le lien a été utilisé.',
    advice:
      'Demandez à la personne qui vous a envoyé le lien de vérifier le fichier et de vous envoyer un nouveau lien.',
  },
  noScript: {
    title: 'Cette page nécessite JavaScript',
    explanation:
      'Le lien n’est utilisé que lorsqu’une personne appuie sur un bouton, afin que les programmes qui suivent les liens ne le consomment pas. Rien n’a encore été utilisé.',
    advice: 'Autorisez JavaScript pour cette page et rechargez-la, ou ouvrez le lien dans un autre navigateur.',
  },
};
