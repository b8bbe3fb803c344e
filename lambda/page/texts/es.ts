import type { Texts } from './texts';

export const es: Texts = {
  direction: 'ltr',
  preview: 'El enlace funciona una sola vez. No pasa nada hasta que pulses el botón.',
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
    title: 'Un archivo para ti',
    titleFrom: '{from} te ha enviado un archivo',
    explanation: 'El enlace deja de funcionar cuando pulsas el botón, para ti y para todos los demás.',
    advice: '¿Estás dentro de otra aplicación? Abre primero esta página en tu navegador y descarga el archivo allí.',
  },
  opened: {
    title: 'Tu descarga ha comenzado',
    explanation: 'El enlace ya se ha usado: nadie más puede abrirlo.',
    advice: 'Si la descarga falla y no se puede volver a iniciar, pide un enlace nuevo a la persona que te lo envió.',
  },
  text: {
    title: 'Aquí está el texto',
    explanation: 'El enlace ya se ha usado: nadie más puede abrirlo.',
    advice: 'Esta página solo muestra el texto ahora. Copia o descarga lo que quieras conservar.',
  },
  openedBefore: {
    titleToday: 'Abriste este enlace en este dispositivo a las {time}',
    titleEarlier: 'Abriste este enlace en este dispositivo el {date}',
    explanation:
      'Ya se ha usado y no se puede volver a abrir. Si descargaste el archivo, está en la lista de descargas de tu navegador.',
    advice: 'Si no tienes el archivo, pide un enlace nuevo a la persona que te lo envió.',
  },
  unavailable: {
    title: 'No se puede abrir este enlace',
    explanation:
      'Un enlace funciona una sola vez y durante un tiempo limitado. Puede que este ya se haya abierto, haya caducado o esté incompleto.',
    advice:
      'Pide un enlace nuevo a la persona que te lo envió. Si no lo has abierto tú y nadie más debería haberlo hecho, díselo también.',
  },
  incomplete: {
    title: 'Este enlace está incompleto',
    explanation:
      'La última parte falta o está dañada. Ocurre cuando un enlace se copia a mano o se parte en dos líneas.',
    advice: 'Copia el enlace completo y ábrelo de nuevo, o pide uno nuevo a la persona que te lo envió.',
  },
  retry: {
    title: 'Inténtalo de nuevo en un momento',
    explanation:
      'No se puede acceder al servicio o no ha podido responder. Puede que el enlace siga siendo válido: espera un momento y vuelve a intentarlo.',
    advice: 'Si entonces se rechaza, pide uno nuevo a la persona que te lo envió.',
  },
  interrupted: {
    title: 'Puede que el enlace ya se haya usado',
    explanation:
      'Se pulsó el botón en este navegador, pero la página se cerró o se recargó antes de que el servicio respondiera.',
    advice:
      'Abre el enlace otra vez, tal como lo recibiste. Si entonces se rechaza, pide uno nuevo a la persona que te lo envió.',
  },
  missing: {
    title: 'No se puede descargar el archivo',
    explanation:
      'Puede que se haya movido o eliminado, o que no se pueda leer en este momento. El enlace ya se ha usado.',
    advice: 'Pide a la persona que te envió el enlace que compruebe el archivo y te envíe un enlace nuevo.',
  },
  noScript: {
    title: 'Esta página necesita JavaScript',
    explanation:
      'El enlace solo se usa cuando una persona pulsa un botón, para que no lo gasten los programas que siguen enlaces. Todavía no se ha usado nada.',
    advice: 'Permite JavaScript en esta página y vuelve a cargarla, o abre el enlace en otro navegador.',
  },
};
