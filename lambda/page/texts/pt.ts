import type { Texts } from './texts';

/** Brazilian Portuguese. */
export const pt: Texts = {
  direction: 'ltr',
  preview: 'Este link funciona uma única vez. Nada acontece até você pressionar o botão.',
  help: 'Ajuda:',
  button: {
    download: 'Baixar',
    showText: 'Mostrar o texto',
    working: 'Um momento…',
    tryAgain: 'Tentar novamente',
    downloadAgain: 'Baixar novamente (restam {time})',
    copy: 'Copiar',
    copied: 'Copiado',
  },
  card: {
    until: 'até {date}',
    opened: 'aberto em {date}',
  },
  ready: {
    title: 'Um arquivo para você',
    titleFrom: '{from} enviou um arquivo para você',
    titleText: 'Um texto para você',
    titleTextFrom: '{from} enviou um texto para você',
    explanation:
      'O link funciona uma única vez: depois que você pressionar o botão, nem você nem outra pessoa poderá usá-lo novamente.',
    advice: 'Está em outro aplicativo? Abra esta página no navegador antes de pressionar o botão.',
  },
  opened: {
    title: 'Seu download começou',
    explanation: 'O link já foi usado. Não é possível abri-lo novamente.',
    advice: 'Se você não conseguiu baixar o arquivo, peça um novo link à pessoa que enviou este.',
  },
  text: {
    title: 'Aqui está o texto',
    explanation: 'O link já foi usado. Não é possível abri-lo novamente.',
    advice: 'O texto é mostrado uma única vez. Copie ou baixe o texto se quiser guardá-lo.',
  },
  openedBefore: {
    titleToday: 'Você abriu este link neste dispositivo às {time}',
    titleEarlier: 'Você abriu este link neste dispositivo em {date}',
    explanation:
      'Ele não pode ser aberto novamente. Se você baixou o arquivo, ele está na lista de downloads do navegador.',
    advice: 'Se você não tem o arquivo, peça um novo link à pessoa que enviou este.',
  },
  unavailable: {
    title: 'Não é possível abrir este link',
    explanation:
      'Cada link funciona uma única vez e por tempo limitado. Este pode já ter sido aberto, ter expirado ou estar incompleto.',
    advice: 'Peça um novo link à pessoa que enviou este. Se você não o abriu, avise-a: outra pessoa pode tê-lo aberto.',
  },
  incomplete: {
    title: 'Este link está incompleto',
    explanation:
      'O final do link está faltando ou está danificado. Isso pode acontecer quando um link é copiado à mão ou quebrado em duas linhas.',
    advice: 'Copie o link inteiro e abra-o novamente, ou peça um novo à pessoa que o enviou.',
  },
  retry: {
    title: 'Tente novamente em instantes',
    explanation:
      'O serviço está inacessível ou não respondeu. O link ainda pode ser válido: espere um momento e tente novamente.',
    advice: 'Se o link não funcionar mais, peça um novo à pessoa que o enviou.',
  },
  interrupted: {
    title: 'Este link pode já ter sido usado',
    explanation:
      'O botão foi pressionado neste navegador, mas a página foi fechada ou recarregada antes da resposta do serviço.',
    advice:
      'Abra o link novamente a partir da mensagem que você recebeu. Se ele não funcionar mais, peça um novo à pessoa que o enviou.',
  },
  missing: {
    title: 'Não é possível baixar o arquivo',
    explanation:
      'Ele pode ter sido movido ou excluído, ou não pode ser lido no momento. O link não pode ser usado novamente.',
    advice: 'Peça à pessoa que enviou o link que verifique o arquivo e envie um novo link.',
  },
  noScript: {
    title: 'Esta página precisa de JavaScript',
    explanation:
      'O link só é usado quando uma pessoa pressiona o botão, para que programas que seguem links não possam usá-lo. Abrir esta página não conta.',
    advice: 'Permita JavaScript nesta página e recarregue-a, ou abra o link em outro navegador.',
  },
};
