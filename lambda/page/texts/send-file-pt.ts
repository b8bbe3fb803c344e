import type { SendFileTexts } from './send-file-texts';

/** Brazilian Portuguese. */
export const pt: SendFileTexts = {
  preview: 'Alguém está pedindo um arquivo a você. Nada é enviado até você escolher um arquivo e pressionar “Enviar”.',
  send: {
    choose: 'Escolher um arquivo',
    drop: 'ou arraste-o para cá',
    send: 'Enviar',
    chooseAnother: 'Escolher outro arquivo',
    cancel: 'Cancelar',
    tryAgain: 'Tentar novamente (restam {time})',
  },
  facts: {
    upTo: 'até {size}',
    image: 'imagens',
    video: 'vídeos',
    audio: 'arquivos de áudio',
    text: 'arquivos de texto',
    progress: '{done} de {size}',
    left: 'tempo restante: cerca de {time}',
    sent: 'enviado em {date}',
  },
  problem: {
    several: 'Envie apenas um arquivo. Para enviar vários, coloque-os em um arquivo ZIP.',
    size: 'Este arquivo é grande demais. O tamanho máximo é {size}.',
    type: 'Este tipo de arquivo não é aceito. Tipos aceitos: {types}.',
    unreadable: 'Não é possível ler este arquivo. Ele pode ter sido movido, alterado ou excluído.',
    rejected: 'Este arquivo não é aceito. Escolha outro.',
  },
  ready: {
    title: 'Solicitação de arquivo',
    titleFrom: '{from} está pedindo um arquivo a você',
    explanation:
      'O link funciona uma única vez: depois que você pressionar “Enviar”, nem você nem outra pessoa poderá usá-lo para outro arquivo.',
    advice: 'Está em outro aplicativo? Abra esta página no navegador antes de escolher um arquivo.',
  },
  sending: {
    title: 'Enviando seu arquivo',
    explanation: 'Mantenha esta página aberta até que o arquivo seja recebido.',
  },
  failed: {
    title: 'Não foi possível enviar seu arquivo',
    titleCanceled: 'Você cancelou o envio',
    explanation: 'Você pode tentar novamente até o tempo se esgotar. Agora o link só serve para este arquivo.',
    advice: 'Mantenha esta página aberta: se ela for fechada ou recarregada, você precisará de um novo link.',
  },
  received: {
    title: 'Recebido: {size}',
    explanation: 'Você já pode fechar esta página.',
    advice: 'O link já foi usado. Para enviar outro arquivo, peça um novo link à pessoa que enviou este.',
  },
  sentBefore: {
    titleToday: 'Você enviou um arquivo por este link neste dispositivo às {time}',
    titleEarlier: 'Você enviou um arquivo por este link neste dispositivo em {date}',
    explanation: 'O arquivo foi recebido. O link não pode ser usado novamente.',
    advice: 'Para enviar outro arquivo, peça um novo link à pessoa que enviou este.',
  },
  unavailable: {
    title: 'Não é possível usar este link',
    explanation:
      'Cada link funciona uma única vez e por tempo limitado. Este pode já ter sido usado, ter expirado ou estar incompleto.',
    advice: 'Peça um novo link à pessoa que enviou este. Se você não o usou, avise-a: outra pessoa pode tê-lo usado.',
  },
  interrupted: {
    title: 'Este link pode já ter sido usado',
    explanation: 'A página foi fechada ou recarregada antes que o arquivo fosse recebido.',
    advice:
      'Abra o link novamente a partir da mensagem que você recebeu. Se ele não funcionar mais, peça um novo à pessoa que o enviou.',
  },
  exists: {
    title: 'Já existe um arquivo com este nome',
    explanation: 'Ele não foi substituído. O link não pode ser usado novamente.',
  },
  expired: {
    title: 'Não é mais possível enviar seu arquivo',
    explanation:
      'O tempo se esgotou ou o serviço de armazenamento não aceita o arquivo. O link não pode ser usado novamente.',
    advice: 'Peça um novo link à pessoa que enviou este.',
  },
};
