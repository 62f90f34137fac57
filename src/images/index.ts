export { type DecodeOptions, decodeImage, type EncodeOptions, encodeImage, readImage, writeImage } from "./codec.js"
export * as transforms from "./transforms.js"
