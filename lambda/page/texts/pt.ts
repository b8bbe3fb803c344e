import type { Texts } from './texts';

export const pt: Texts = {
  direction: 'ltr',
  preview: 'O link funciona uma única vez. Nada acontece até você pressionar o botão.',
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
    explanation: 'O link para de funcionar quando você pressiona o botão, para você e para todas as outras pessoas.',
    advice: 'Está dentro de outro aplicativo? Primeiro abra esta página no navegador e depois baixe o arquivo.',
  },
  opened: {
    title: 'Seu download começou',
    explanation: 'O link já foi usado: ninguém mais pode abri-lo.',
    advice: 'Se o download falhar e não puder ser reiniciado, peça um novo link à pessoa que enviou este.',
  },
  text: {
    title: 'Aqui está o texto',
    explanation: 'O link já foi usado: ninguém mais pode abri-lo.',
    advice: 'Esta página só mostra o texto agora. Copie ou baixe o que você quiser guardar.',
  },
  openedBefore: {
    titleToday: 'Você abriu este link neste dispositivo às {time}',
    titleEarlier: 'Você abriu este link neste dispositivo em {date}',
    explanation:
      'Ele já foi usado e não pode ser aberto novamente. Um arquivo baixado fica na lista de downloads do navegador.',
    advice: 'Se você não tem o arquivo, peça um novo link à pessoa que enviou este.',
  },
  unavailable: {
    title: 'Não é possível abrir este link',
    explanation:
      'Um link funciona uma única vez e por tempo limitado. Este pode já ter sido aberto, ter expirado ou estar incompleto.',
    advice:
      'Peça um novo link à pessoa que enviou este. Se você não o abriu e ninguém mais deveria ter aberto, avise isso também.',
  },
  incomplete: {
    title: 'Este link está incompleto',
    explanation:
      'A última parte está faltando ou está danificada. Isso acontece quando um link é copiado à mão ou quebrado em duas linhas.',
    advice: 'Copie o link inteiro e abra-o novamente, ou peça um novo à pessoa que o enviou.',
  },
  retry: {
    title: 'Tente novamente em instantes',
    explanation:
      'O serviço está inacessível ou não pôde responder agora. O link ainda pode ser válido: espere um momento e tente novamente.',
    advice: 'Se ele for recusado, peça um novo à pessoa que o enviou.',
  },
  interrupted: {
    title: 'O link pode já ter sido usado',
    explanation:
      'O botão foi pressionado neste navegador, mas a página foi fechada ou recarregada antes da resposta do serviço.',
    advice: 'Abra o link mais uma vez, como você o recebeu. Se ele for recusado, peça um novo à pessoa que o enviou.',
  },
  missing: {
    title: 'Não é possível baixar o arquivo',
    explanation: 'Ele pode ter sido movido ou excluído, ou não pode ser lido no momento. O link já foi usado.',
    advice: 'Peça à pessoa que enviou o link para verificar o arquivo e enviar um novo link.',
  },
  noScript: {
    title: 'Esta página precisa de JavaScript',
    explanation:
      'O link só é usado quando uma pessoa pressiona um botão, para que programas que seguem links não o gastem. Nada foi usado ainda.',
    advice: 'Permita JavaScript nesta página e recarregue-a, ou abra o link em outro navegador.',
  },
};
