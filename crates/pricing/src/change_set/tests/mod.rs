mod arithmetic;
