#![cfg_attr(fuzzing, no_main)]

hauswart_fuzz::target!(api);
