import type { SendFileTexts } from './send-file-texts';

export const es: SendFileTexts = {
  preview: 'Alguien le pide un archivo. No se envía nada hasta que elija un archivo y pulse «Enviar».',
  send: {
    choose: 'Elegir un archivo',
    drop: 'o arrástrelo hasta aquí',
    send: 'Enviar',
    chooseAnother: 'Elegir otro archivo',
    cancel: 'Cancelar',
    tryAgain: 'Reintentar (quedan {time})',
  },
  facts: {
    upTo: 'hasta {size}',
    image: 'imágenes',
    video: 'vídeos',
    audio: 'archivos de audio',
    text: 'archivos de texto',
    progress: '{done} de {size}',
    left: 'tiempo restante: {time} aprox.',
    sent: 'enviado el {date}',
  },
  problem: {
    several: 'Solo se puede enviar un archivo. Si quiere enviar varios, comprímalos en un archivo ZIP.',
    size: 'Este archivo es demasiado grande. El tamaño máximo es de {size}.',
    type: 'No se acepta este tipo de archivo. Tipos aceptados: {types}.',
    unreadable: 'No se puede leer este archivo. Puede que se haya movido, modificado o eliminado.',
    rejected: 'No se acepta este archivo. Elija otro.',
  },
  ready: {
    title: 'Le piden un archivo',
    titleFrom: '{from} le pide un archivo',
    explanation:
      'El enlace funciona una sola vez: cuando pulse «Enviar», ni usted ni nadie más podrá usarlo para otro archivo.',
    advice: '¿Está en otra aplicación? Abra esta página en el navegador antes de elegir un archivo.',
  },
  sending: {
    title: 'Enviando su archivo',
    explanation: 'Mantenga esta página abierta hasta que se haya recibido el archivo.',
  },
  failed: {
    title: 'No se ha podido enviar su archivo',
    titleCanceled: 'Ha cancelado el envío',
    explanation: 'Puede volver a intentarlo hasta que se agote el tiempo. El enlace ya solo sirve para este archivo.',
    advice: 'Mantenga esta página abierta: si se cierra o se recarga, necesitará un enlace nuevo.',
  },
  received: {
    title: 'Recibido: {size}',
    explanation: 'Ya puede cerrar esta página.',
    advice: 'El enlace ya se ha usado. Para enviar otro archivo, pida un enlace nuevo a la persona que le envió este.',
  },
  sentBefore: {
    titleToday: 'Usted envió un archivo con este enlace en este dispositivo a las {time}',
    titleEarlier: 'Usted envió un archivo con este enlace en este dispositivo el {date}',
    explanation: 'El archivo se recibió. El enlace no se puede volver a usar.',
    advice: 'Para enviar otro archivo, pida un enlace nuevo a la persona que le envió este.',
  },
  unavailable: {
    title: 'No se puede usar este enlace',
    explanation:
      'Cada enlace funciona una sola vez y durante un tiempo limitado. Puede que este ya se haya usado, haya caducado o esté incompleto.',
    advice:
      'Pida un enlace nuevo a la persona que le envió este. Si usted no lo ha usado, dígaselo: puede que lo haya usado otra persona.',
  },
  interrupted: {
    title: 'Puede que este enlace ya se haya usado',
    explanation: 'La página se cerró o se recargó antes de que se recibiera el archivo.',
    advice:
      'Abra de nuevo el enlace desde el mensaje que recibió. Si ya no funciona, pida uno nuevo a la persona que se lo envió.',
  },
  exists: {
    title: 'Ya existe un archivo con este nombre',
    explanation: 'No se ha reemplazado. El enlace no se puede volver a usar.',
  },
  expired: {
    title: 'Ya no se puede enviar su archivo',
    explanation:
      'Se ha agotado el tiempo o el servicio de almacenamiento no acepta el archivo. El enlace no se puede volver a usar.',
    advice: 'Pida un enlace nuevo a la persona que le envió este.',
  },
};
