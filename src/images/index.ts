export { type DecodeOptions, decodeImage, type EncodeOptions, encodeImage, readImage, writeImage } from "./codec.js"
export { ImageFolder, type ImageFolderOptions } from "./image-folder.js"
export * as transforms from "./transforms.js"
