import type { Texts } from './texts';

export const es: Texts = {
  direction: 'ltr',
  preview: 'Este enlace funciona una sola vez. No ocurre nada hasta que pulse el botón.',
  help: 'Ayuda:',
  button: {
    download: 'Descargar',
    showText: 'Mostrar el texto',
    working: 'Un momento…',
    tryAgain: 'Reintentar',
    downloadAgain: 'Descargar otra vez (quedan {time})',
    copy: 'Copiar',
    copied: 'Copiado',
  },
  card: {
    until: 'hasta el {date}',
    opened: 'abierto el {date}',
  },
  ready: {
    title: 'Un archivo para usted',
    titleFrom: '{from} le ha enviado un archivo',
    titleText: 'Un texto para usted',
    titleTextFrom: '{from} le ha enviado un texto',
    explanation: 'El enlace funciona una sola vez: cuando pulse el botón, ni usted ni nadie más podrá volver a usarlo.',
    advice: '¿Está en otra aplicación? Abra esta página en el navegador antes de pulsar el botón.',
  },
  opened: {
    title: 'La descarga ha comenzado',
    explanation: 'El enlace ya se ha usado. No se puede volver a abrir.',
    advice: 'Si no ha podido descargar el archivo, pida un enlace nuevo a la persona que le envió este.',
  },
  text: {
    title: 'Aquí está el texto',
    explanation: 'El enlace ya se ha usado. No se puede volver a abrir.',
    advice: 'El texto solo se muestra una vez. Cópielo o descárguelo si quiere conservarlo.',
  },
  openedBefore: {
    titleToday: 'Usted abrió este enlace en este dispositivo a las {time}',
    titleEarlier: 'Usted abrió este enlace en este dispositivo el {date}',
    explanation: 'No se puede volver a abrir. Si descargó el archivo, está en la lista de descargas del navegador.',
    advice: 'Si no tiene el archivo, pida un enlace nuevo a la persona que le envió este.',
  },
  unavailable: {
    title: 'No se puede abrir este enlace',
    explanation:
      'Cada enlace funciona una sola vez y durante un tiempo limitado. Puede que este ya se haya abierto, haya caducado o esté incompleto.',
    advice:
      'Pida un enlace nuevo a la persona que le envió este. Si usted no lo ha abierto, dígaselo: puede que lo haya abierto otra persona.',
  },
  incomplete: {
    title: 'Este enlace está incompleto',
    explanation:
      'Falta el final del enlace o está dañado. Puede ocurrir cuando un enlace se copia a mano o se parte en dos líneas.',
    advice: 'Copie el enlace completo y ábralo de nuevo, o pida uno nuevo a la persona que se lo envió.',
  },
  retry: {
    title: 'Inténtelo de nuevo en un momento',
    explanation:
      'No se puede acceder al servicio o este no ha respondido. Puede que el enlace siga siendo válido: espere un momento y vuelva a intentarlo.',
    advice: 'Si el enlace ya no funciona, pida uno nuevo a la persona que se lo envió.',
  },
  interrupted: {
    title: 'Puede que este enlace ya se haya usado',
    explanation:
      'Se pulsó el botón en este navegador, pero la página se cerró o se recargó antes de que el servicio respondiera.',
    advice:
      'Abra de nuevo el enlace desde el mensaje que recibió. Si ya no funciona, pida uno nuevo a la persona que se lo envió.',
  },
  missing: {
    title: 'No se puede descargar el archivo',
    explanation:
      'Puede que se haya movido o eliminado, o que no se pueda leer en este momento. El enlace no se puede volver a usar.',
    advice: 'Pida a la persona que le envió el enlace que compruebe el archivo y le envíe un enlace nuevo.',
  },
  noScript: {
    title: 'Esta página necesita JavaScript',
    explanation:
      'El enlace solo se usa cuando una persona pulsa el botón, para que no puedan usarlo los programas que siguen enlaces. Abrir esta página no cuenta.',
    advice: 'Permita JavaScript en esta página y vuelva a cargarla, o abra el enlace en otro navegador.',
  },
};
